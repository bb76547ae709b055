import { isJsonObject } from '@signpost/domain';
import type { IncomingRecord } from '@signpost/ports';
import { at, mappedEvent, payloadFault, payloadIn, type FieldMap } from '../mapped.reader.js';
import { parsedObject } from '../json-payload.js';
import { SourceEventError, type SourceEvent, type SourcePayload, type SourceReader } from '../source-event.js';
import { jsonOfAvro } from './avro.js';
import type { SchemaCache } from './schema-cache.js';

/** A zero byte, the id of the schema in four, then what it describes. */
const PREFIX_BYTES = 5;

/** Records whose schema is in a registry (Confluent's wire format): Avro, or JSON of a JSON Schema. Fields are mapped as JSON's are. */
export class RegistryReader implements SourceReader {
  constructor(
    private readonly map: FieldMap,
    private readonly schemas: SchemaCache,
  ) {}

  prepare({ value }: IncomingRecord): Promise<void> | undefined {
    const id = schemaIdOf(value);
    return id === undefined || this.schemas.decoder(id) !== undefined ? undefined : this.schemas.learn(id);
  }

  read(record: IncomingRecord): SourceEvent {
    const { value } = record;
    if (value === null || value.length === 0) {
      throw new SourceEventError('payload_missing', 'the record has no value; the payload is sent as the value');
    }
    const id = schemaIdOf(value);
    if (id === undefined) {
      throw new SourceEventError(
        'schema_mismatch',
        "the value does not begin with a schema's id (a zero byte and four more); produce it with a serialiser of the registry",
      );
    }
    const bytes = value.subarray(PREFIX_BYTES);
    const decoder = this.schemas.decoder(id) ?? { kind: 'unusable', why: `schema ${String(id)} is not known` };
    switch (decoder.kind) {
      case 'json': {
        const parsed = parsedObject(bytes, 'the value after the id of its schema');
        return mappedEvent(this.map, record, parsed, () => payloadIn(this.map, bytes, parsed));
      }
      case 'avro': {
        const decoded = decodedBy(decoder.decode, bytes, id);
        return mappedEvent(this.map, record, decoded, () => this.payloadOf(decoded));
      }
      case 'unusable':
        throw new SourceEventError(
          'schema_unknown',
          `${decoder.why}; register it, or produce with one that is registered`,
        );
    }
  }

  private payloadOf(decoded: unknown): SourcePayload {
    const { payload } = this.map;
    const found = payload === undefined ? decoded : at(decoded, payload.path);
    if (isJsonObject(found)) return { payload: Buffer.from(jsonOf(found)) };
    if (payload !== undefined) throw payloadFault(payload.path, found !== undefined);
    throw new SourceEventError('payload_not_object', 'the value is no record; send the payload as an Avro record');
  }
}

/** A record of a schema that refers to itself is as deep as its producer likes, and reading it takes less room than writing it. */
function jsonOf(found: unknown): string {
  try {
    return jsonOfAvro(found);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SourceEventError('schema_mismatch', 'the value is nested too deeply; send it with fewer levels');
  }
}

function schemaIdOf(value: Buffer | null): number | undefined {
  return value !== null && value.length > PREFIX_BYTES - 1 && value[0] === 0 ? value.readUInt32BE(1) : undefined;
}

function decodedBy(decode: (bytes: Buffer) => unknown, bytes: Buffer, id: number): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceEventError(
      'schema_mismatch',
      `the value does not decode by schema ${String(id)}: ${why.slice(0, 300)}`,
    );
  }
}
