import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventTypeOut } from '@signpost/contracts';
import { exampleOfSchema, isJsonObject, newestSchema } from '@signpost/domain';
import { ApiFailure } from '../../api/api-failure.js';
import { inPath, interrupted, type ApiClient } from '../../api/client.js';
import type { Context } from '../../context.js';
import { CliError, UsageError, WorkFailedError } from '../../errors.js';
import { timeLeft } from '../../output/progress.js';
import { InvalidValueError } from '../../specification/values.js';
import { withChanges } from './example-event.js';
import { publish } from './publish.js';
import type { TriggerGiven } from './specification.js';

const MOST_AT_ONCE = 16;

export async function trigger(context: Context, given: TriggerGiven): Promise<void> {
  const app = await context.app(given.app);
  const client = await context.client();
  const event = changed(await exampleOf(client, given), given);
  await new Triggering(context, client, app, event, given).run();
}

/** Publishes one example many times: at a pace, a few side by side, and stops at the first that is refused. */
class Triggering {
  private readonly startedAtMs = performance.now();
  private accepted = 0;
  private begun = 0;
  private failure: unknown;

  constructor(
    private readonly context: Context,
    private readonly client: ApiClient,
    private readonly app: string,
    private readonly event: Record<string, unknown>,
    private readonly given: TriggerGiven,
  ) {}

  async run(): Promise<void> {
    const { count, rate } = this.given;
    const { output } = this.context;
    const bar = output.progress(`Sending ${this.given.eventType}`);
    const workers = Math.min(MOST_AT_ONCE, count, rate === undefined ? MOST_AT_ONCE : Math.ceil(rate));
    const isMany = count > 1;
    try {
      await Promise.all(
        Array.from({ length: workers }, () =>
          this.work((id) => {
            if (output.isJson) output.jsonLine({ id, eventType: this.given.eventType });
            else if (!isMany) output.line(id);
            if (isMany) bar.show({ done: this.accepted, total: count, leftMs: this.leftMs() });
          }),
        ),
      );
    } finally {
      bar.clear();
    }
    if (this.failure !== undefined) throw this.stopped();
    if (isMany && !output.isJson) output.line(`${String(this.accepted)} events accepted in ${this.seconds()} s.`);
  }

  private async work(accepted: (id: string) => void): Promise<void> {
    while (this.failure === undefined && this.begun < this.given.count) {
      const number = this.begun;
      this.begun += 1;
      try {
        await this.untilDue(number);
        const id = await this.one();
        this.accepted += 1;
        accepted(id);
      } catch (error) {
        this.failure ??= error;
      }
    }
  }

  private async one(): Promise<string> {
    const { eventType, channels, conversation } = this.given;
    const payload = Buffer.from(JSON.stringify(this.fresh()));
    const idempotencyKey = randomUUID();
    return (await publish(this.client, { app: this.app, eventType, payload, channels, conversation, idempotencyKey }))
      .id;
  }

  private fresh(): Record<string, unknown> {
    const isSet = Object.hasOwn(this.given.set ?? {}, 'timestamp');
    return 'timestamp' in this.event && !isSet ? { ...this.event, timestamp: new Date().toISOString() } : this.event;
  }

  private async untilDue(number: number): Promise<void> {
    const { rate } = this.given;
    const dueMs = rate === undefined ? 0 : this.startedAtMs + (number * 1_000) / rate - performance.now();
    try {
      if (dueMs > 0) await wait(dueMs, undefined, { signal: this.context.signal });
    } catch {
      throw interrupted();
    }
    if (this.context.signal.aborted) throw interrupted();
  }

  private leftMs(): number | undefined {
    return timeLeft(this.accepted, this.given.count, performance.now() - this.startedAtMs);
  }

  private seconds(): string {
    return ((performance.now() - this.startedAtMs) / 1_000).toFixed(1);
  }

  private stopped(): unknown {
    const { failure, accepted } = this;
    if (accepted === 0 || !(failure instanceof CliError)) return failure;
    const text = `${failure.message}; ${String(accepted)} of ${String(this.given.count)} events were accepted before`;
    return failure.exitCode === 130
      ? failure
      : new WorkFailedError(
          text,
          `${failure.next} Then send the rest with --count ${String(this.given.count - accepted)}.`,
        );
  }
}

/** @throws UsageError when there is none */
async function exampleOf(client: ApiClient, { eventType, example }: TriggerGiven): Promise<Record<string, unknown>> {
  const schema = await schemaOf(client, eventType);
  const made = exampleOfSchema(schema, example) ?? (await builtIn(eventType));
  if (isJsonObject(made)) return made;
  throw new UsageError(
    `There is no example of ${eventType}: neither the server nor the catalogue has an event type of this name with a schema`,
    '`signpost event-types list` shows those of the server; `signpost send` sends any payload.',
  );
}

async function schemaOf(client: ApiClient, eventType: string): Promise<unknown> {
  try {
    const { schemas } = await client.get<EventTypeOut>(`/api/v1/event-type/${inPath(eventType)}`);
    return newestSchema(schemas ?? undefined);
  } catch (error) {
    // A key that may only publish may not look; the catalogue is there for it, too.
    if (error instanceof ApiFailure && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}

/** The catalogue is large: it is loaded only when it is needed. */
async function builtIn(eventType: string): Promise<unknown> {
  const { EVENT_CATALOGUE } = await import('./catalogue.js');
  return EVENT_CATALOGUE.find(({ name }) => name === eventType)?.example;
}

function changed(example: Record<string, unknown>, { set }: TriggerGiven): Record<string, unknown> {
  try {
    return withChanges(example, set ?? {});
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new UsageError(error.message, 'The example is shown by `signpost event-types get <event type> --example`.');
  }
}
