import { avroDecoder } from './avro.js';
import { SchemaUnknownError, type SchemaRegistry } from './schema-registry.js';

/** How the bytes after a schema's id are read. */
export type Decoder =
  | { readonly kind: 'avro'; readonly decode: (bytes: Buffer) => unknown }
  /** They are JSON as they stand. */
  | { readonly kind: 'json' }
  /** For people: why they cannot be read. */
  | { readonly kind: 'unusable'; readonly why: string };

const MOST_SCHEMAS = 1_000;
/** A schema that the registry does not have may be registered a moment later. */
const UNKNOWN_FOR_MS = 10_000;

interface Known {
  readonly decoder: Decoder;
  readonly untilMs: number;
}

/** Decoders by the id of their schema: an id means one schema for ever. Those asked for least recently go first. */
export class SchemaCache {
  private readonly known = new Map<number, Known>();
  private readonly asking = new Map<number, Promise<void>>();

  constructor(private readonly registry: Pick<SchemaRegistry, 'schema'>) {}

  /** Undefined: not known now; see `learn`. */
  decoder(id: number): Decoder | undefined {
    const known = this.known.get(id);
    if (known === undefined || known.untilMs <= performance.now()) return undefined;
    this.known.delete(id);
    this.known.set(id, known);
    return known.decoder;
  }

  /** Resolves once the registry has answered; whoever asks meanwhile waits for the same answer. */
  learn(id: number): Promise<void> {
    const asking = this.asking.get(id) ?? this.ask(id).finally(() => this.asking.delete(id));
    this.asking.set(id, asking);
    return asking;
  }

  private async ask(id: number): Promise<void> {
    try {
      const schema = await this.registry.schema(id);
      this.keep(id, { decoder: decoderOf(schema), untilMs: Infinity });
    } catch (error) {
      if (!(error instanceof SchemaUnknownError)) throw error;
      const why = `the registry has no schema ${String(id)}: ${error.message}`;
      this.keep(id, { decoder: { kind: 'unusable', why }, untilMs: performance.now() + UNKNOWN_FOR_MS });
    }
  }

  private keep(id: number, known: Known): void {
    this.known.set(id, known);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_SCHEMAS) return;
      this.known.delete(oldest);
    }
  }
}

function decoderOf(schema: Awaited<ReturnType<SchemaRegistry['schema']>>): Decoder {
  switch (schema.type) {
    case 'JSON':
      return { kind: 'json' };
    case 'AVRO':
      try {
        return { kind: 'avro', decode: avroDecoder(schema) };
      } catch (error) {
        return {
          kind: 'unusable',
          why: `its schema cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        };
      }
    default:
      return {
        kind: 'unusable',
        why: `its schema is of the type ${schema.type.slice(0, 50)}; this reads AVRO and JSON`,
      };
  }
}
