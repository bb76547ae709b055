import avro from 'avsc';
import { BoundedAvro } from './bounded-avro.js';
import type { RegisteredSchema } from './schema-registry.js';

/** Numbers beyond what a double holds exactly stay whole. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => exact(bytes.readBigInt64LE()),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

const exact = (value: bigint): number | bigint => {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
};

/** @throws Error for a text that is no Avro schema */
export function avroDecoder({
  text,
  references,
}: Pick<RegisteredSchema, 'text' | 'references'>): (bytes: Buffer) => unknown {
  const registry: Record<string, avro.Type> = { long: LONG };
  const bounded = new BoundedAvro();
  for (const reference of references) bounded.type(JSON.parse(reference) as avro.Schema, registry);
  const type = bounded.type(JSON.parse(text) as avro.Schema, registry);
  return (bytes) => unwrapped(bounded.decode(type, bytes));
}

/** A union of which the library could not tell the members apart afterwards is a value within an object of its own: here, too, it is its value. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const { unwrap } = (Object.getPrototypeOf(value) ?? {}) as { readonly unwrap?: unknown };
  if (typeof unwrap === 'function') return unwrapped(unwrap.call(value));
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) members[name] = unwrapped(members[name]);
  return value;
}

/**
 * Avro's values as JSON: whole numbers are written whole, however large, and bytes as Base64. What JSON has no name for (NaN,
 * infinities) becomes null.
 */
export function jsonOfAvro(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, given: unknown) {
    const own = this[name];
    if (Buffer.isBuffer(own)) return own.toString('base64');
    return typeof given === 'bigint' ? rawJson(String(given)) : given;
  });
}

// Of the language since 2025, and of Node 22; not yet among TypeScript's own types.
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
