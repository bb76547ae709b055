import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import * as z from 'zod';

export interface RegistryConfig {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** One schema with those that it refers to, each before whoever refers to it. */
export interface RegisteredSchema {
  readonly type: string;
  readonly text: string;
  readonly references: readonly string[];
}

/** The registry answers that it has no such schema, or with what will be no schema the next time either. */
export class SchemaUnknownError extends AppError {
  readonly code = 'schema_unknown';
}

/** It does not answer, or not as a registry does. */
class RegistryUnavailableError extends AppError {
  readonly code = 'schema_registry_unavailable';
}

const TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const LARGEST_ANSWER_BYTES = 4 * 1_048_576;
const MOST_REFERENCES = 100;

/** It does not take the question: an id beyond its numbers, a version that is none. */
const REFUSING: ReadonlySet<number> = new Set([400, 406, 410, 422]);

const Reference = z.object({ name: z.string(), subject: z.string(), version: z.int() });
const Answer = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(Reference).nullish(),
});
type Answer = z.output<typeof Answer>;

/** Reads schemas from a registry that speaks Confluent's HTTP API. */
export class SchemaRegistry {
  private trouble: string | undefined;

  constructor(
    private readonly config: RegistryConfig,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Asks for as long as the registry does not answer: nothing is refused for want of it.
   * @throws SchemaUnknownError when it answers that there is no such schema, or with what can be no schema: a producer may
   * name any, and whoever waited for it would hold up all that comes after
   */
  async schema(id: number): Promise<RegisteredSchema> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const found = await this.ask(`schemas/ids/${String(id)}`);
        const references = await this.referred(found, new Map());
        this.answered('found');
        return { type: found.schemaType, text: found.schema, references };
      } catch (error) {
        if (error instanceof SchemaUnknownError) {
          this.answered('unknown');
          throw error;
        }
        this.failed(error);
        await wait(pauseMs, undefined, { ref: false });
      }
    }
  }

  private async referred({ references }: Answer, known: Map<string, string>): Promise<readonly string[]> {
    for (const { subject, version } of references ?? []) {
      const name = `subjects/${encodeURIComponent(subject)}/versions/${String(version)}`;
      if (known.has(name)) continue;
      if (known.size >= MOST_REFERENCES) throw new SchemaUnknownError('it refers to more than 100 others');
      // Its place is kept before those that it refers to are asked for: one that refers to itself ends here.
      known.set(name, '');
      const found = await this.ask(name);
      await this.referred(found, known);
      known.delete(name);
      known.set(name, found.schema);
    }
    return [...known.values()];
  }

  private async ask(path: string): Promise<Answer> {
    const { url, username, password } = this.config;
    const authorization =
      username === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
    const response = await fetch(`${url.replace(/\/+$/, '')}/${path}`, {
      headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json', ...authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const { status } = response;
    const body = await bounded(response);
    if (status === 404) throw new SchemaUnknownError(`the registry has no ${path}`);
    const json = jsonOf(body);
    const parsed = response.ok ? Answer.safeParse(json) : undefined;
    if (parsed?.success === true) return parsed.data;
    if (REFUSING.has(status) || (parsed !== undefined && isSchemaLike(json))) {
      throw new SchemaUnknownError(`the registry answers ${String(status)} to ${path}: ${body.slice(0, 200)}`);
    }
    throw new RegistryUnavailableError(
      `the schema registry answers ${String(response.status)} to ${path}: ${body.slice(0, 200)}`,
    );
  }

  private answered(result: 'found' | 'unknown'): void {
    this.metrics.of.schemasRead.inc({ result });
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.log.info('the schema registry answers again');
  }

  private failed(error: unknown): void {
    this.metrics.of.schemasRead.inc({ result: 'failed' });
    const reason = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) {
      this.log.error('the schema registry does not answer; records of unknown schemas wait in their topics', error);
    }
    this.trouble = reason;
  }
}

/** A registry's answer, though not one that can be read; what a proxy says in its place is another thing. */
const isSchemaLike = (json: unknown): boolean => typeof json === 'object' && json !== null && 'schema' in json;

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) {
      const why = 'the registry answers with more than 4 MiB';
      throw response.ok ? new SchemaUnknownError(why) : new RegistryUnavailableError(why);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
