import type { RecordHeaders } from '@signpost/contracts';
import type { BytesReader } from '../bytes-reader.js';

/** A record with more headers than this is handed on without them: it is no event, and reading them costs everybody. */
export const MOST_HEADERS = 1_000;
export const MOST_HEADER_BYTES = 65_536;

/** A plain object that inherits nothing, so that a header named `constructor` or `__proto__` is one like any other. */
// eslint-disable-next-line @typescript-eslint/no-empty-function -- only its prototype matters: an object made otherwise without one is a slow one
const Bare = function () {} as unknown as new () => Record<string, Buffer>;
Bare.prototype = Object.create(null) as object;

const NONE: RecordHeaders = Object.freeze(new Bare());

/** Names of a batch's records come again in the same order: comparing bytes is quicker than making a string of them. */
export class HeaderNames {
  private readonly known: { readonly bytes: Buffer; readonly name: string }[] = [];

  at(index: number, bytes: Buffer, from: number, length: number): string {
    const known = this.known[index];
    if (known?.bytes.length === length && sameBytes(known.bytes, bytes, from)) return known.name;
    const own = Buffer.from(bytes.subarray(from, from + length));
    const name = own.toString('utf8');
    this.known[index] = { bytes: own, name };
    return name;
  }
}

/** Reads a record's headers to its `end`; undefined when they are too many. A name given several times has its first value. */
export function readHeaders(reader: BytesReader, end: number, names: HeaderNames): RecordHeaders | undefined {
  const size = end - reader.at;
  const count = reader.varint();
  if (count === 0) return NONE;
  if (count > MOST_HEADERS || size > MOST_HEADER_BYTES) return undefined;
  const headers = new Bare();
  for (let index = 0; index < count; index++) {
    const nameLength = reader.varint();
    const from = reader.at;
    reader.slice(nameLength);
    const name = names.at(index, reader.bytes, from, nameLength);
    const length = reader.varint();
    const value = length < 0 ? undefined : reader.slice(length);
    if (value !== undefined && !(name in headers)) headers[name] = value;
  }
  return headers;
}

function sameBytes(known: Buffer, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}
