import { crc32c } from '@node-rs/crc32';
import type { RecordHeaders } from '@signpost/contracts';
import { BytesWriter, textSize, varintSize } from '../bytes-writer.js';
import { compress, type Compression } from './compression.js';
import { ATTRIBUTES_AT, CRC_AT, MAGIC, RECORDS_AT, UNCOUNTED } from './batch-layout.js';

export interface EncodableRecord {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/** A batch whose size is known, so that a request can be one buffer. */
export interface SizedBatch {
  readonly bytes: number;
  /** Bytes of each record behind its own length. */
  readonly bodies: readonly number[];
  /** Its records folded, where that is worth it. */
  readonly folded?: { readonly codec: number; readonly bytes: Buffer };
}

/** A smaller batch costs more to fold than it saves. */
const FOLDED_FROM_BYTES = 1_024;

/** The same with its records folded, unless that makes it no smaller. */
export function foldedBatch(records: readonly EncodableRecord[], sized: SizedBatch, by: Compression): SizedBatch {
  if (by === 'none' || sized.bytes < FOLDED_FROM_BYTES) return sized;
  const plain = new BytesWriter(sized.bytes - RECORDS_AT);
  writeRecords(plain, records, sized);
  const folded = compress(by, plain.written());
  const bytes = RECORDS_AT + folded.bytes.length;
  return bytes < sized.bytes ? { ...sized, bytes, folded } : sized;
}

export function sizeOfBatch(records: readonly EncodableRecord[]): SizedBatch {
  let bytes = RECORDS_AT;
  const bodies = records.map((record, index) => {
    const body = bodySize(record, index);
    bytes += varintSize(body) + body;
    return body;
  });
  return { bytes, bodies };
}

/** Writes exactly `sized.bytes`. Every record has the one time: milliseconds since 1970. */
export function writeRecordBatch(
  into: BytesWriter,
  records: readonly EncodableRecord[],
  sized: SizedBatch,
  timestampMs: number,
): void {
  const from = into.length;
  into.int64(0);
  into.int32(sized.bytes - UNCOUNTED);
  into.int32(-1);
  into.int8(MAGIC);
  into.int32(0);
  into.int16(sized.folded?.codec ?? 0);
  into.int32(records.length - 1);
  into.int64(timestampMs);
  into.int64(timestampMs);
  into.int64(-1);
  into.int16(-1);
  into.int32(-1);
  into.int32(records.length);
  if (sized.folded === undefined) writeRecords(into, records, sized);
  else into.raw(sized.folded.bytes);
  const batch = into.since(from);
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
}

/** One batch as a produce request carries it; at least one record. */
export function encodeRecordBatch(
  records: readonly EncodableRecord[],
  timestampMs: number,
  compression: Compression = 'none',
): Buffer {
  const sized = foldedBatch(records, sizeOfBatch(records), compression);
  const into = new BytesWriter(sized.bytes);
  writeRecordBatch(into, records, sized, timestampMs);
  return into.written();
}

function writeRecords(into: BytesWriter, records: readonly EncodableRecord[], { bodies }: SizedBatch): void {
  for (const [index, record] of records.entries()) writeRecord(into, record, index, bodies[index] ?? 0);
}

function bodySize({ key, value, headers }: EncodableRecord, index: number): number {
  // One byte of attributes, one of the time's distance.
  let size = 2 + varintSize(index) + sizeWithLength(key) + sizeWithLength(value);
  let count = 0;
  for (const name in headers) {
    count++;
    size += sizeWithLength(name) + sizeWithLength(headers[name] ?? null);
  }
  return size + varintSize(count);
}

function sizeWithLength(value: string | Buffer | null): number {
  if (value === null) return 1;
  const size = typeof value === 'string' ? textSize(value) : value.length;
  return varintSize(size) + size;
}

function writeRecord(into: BytesWriter, { key, value, headers }: EncodableRecord, index: number, body: number): void {
  into.varint(body);
  into.int8(0);
  into.varint(0);
  into.varint(index);
  writeWithLength(into, key);
  writeWithLength(into, value);
  let count = 0;
  for (const _name in headers) count++;
  into.varint(count);
  for (const name in headers) {
    writeWithLength(into, name);
    writeWithLength(into, headers[name] ?? null);
  }
}

function writeWithLength(into: BytesWriter, value: string | Buffer | null): void {
  if (value === null) {
    into.varint(-1);
    return;
  }
  into.varint(typeof value === 'string' ? textSize(value) : value.length);
  into.raw(value);
}
