import { crc32c } from '@node-rs/crc32';
import type { IncomingRecord } from '@signpost/ports';
import { BytesReader } from '../bytes-reader.js';
import { AppError } from '@signpost/domain';
import { RecordsUnreadableError } from '../errors.js';
import {
  ATTRIBUTES_AT,
  BASE_TIME_AT,
  COMPRESSION_BITS,
  CONTROL,
  COUNT_AT,
  CRC_AT,
  LAST_DELTA_AT,
  LENGTH_AT,
  LOG_APPEND_TIME,
  MAGIC,
  MAGIC_AT,
  MAX_TIME_AT,
  PRODUCER_AT,
  RECORDS_AT,
  TRANSACTIONAL,
  UNCOUNTED,
} from './batch-layout.js';
import { AbortedBatches, type AbortedTransaction } from './aborted.js';
import { decompress } from './compression.js';
import { HeaderNames, readHeaders } from './headers.js';

export interface DecodedRecords {
  readonly records: readonly IncomingRecord[];
  /** Bytes of keys, values and headers together, about. */
  readonly bytes: number;
  /** Where to read on: behind all that was there, records or not. */
  readonly nextOffset: number;
}

/**
 * The records from `fromOffset` on of what a fetch brought: whole batches, and maybe the beginning of one more, which is left.
 * Their keys, values and headers are windows on those bytes.
 * Markers of transactions and the records of aborted ones are left out.
 * @throws RecordsUnreadableError, CompressionUnsupportedError
 */
export function decodeRecordBatches(
  bytes: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[] = [],
): DecodedRecords {
  const into: Decoding = {
    records: [],
    bytes: 0,
    fromOffset,
    names: new HeaderNames(),
    aborted: new AbortedBatches(aborted),
  };
  let nextOffset = fromOffset;
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + UNCOUNTED + bytes.readInt32BE(at + LENGTH_AT);
    // The message sets of before Kafka 0.11 have their format's number in the same place.
    if (bytes[at + MAGIC_AT] !== MAGIC)
      throw new RecordsUnreadableError('records are in a format of before Kafka 0.11', {
        format: bytes[at + MAGIC_AT],
      });
    if (end < at + RECORDS_AT) throw new RecordsUnreadableError('a batch of records has an impossible length');
    if (end > bytes.length) break;
    nextOffset = Math.max(nextOffset, decodeBatch(bytes.subarray(at, end), into));
    at = end;
  }
  return { records: into.records, bytes: into.bytes, nextOffset };
}

/**
 * When the first batch was written, in milliseconds since 1970: its first record, or by the broker's clock its last. It is
 * neither unpacked nor checked. Undefined where there is none.
 */
export function writtenAt(bytes: Buffer): number | undefined {
  if (bytes.length < RECORDS_AT || bytes[MAGIC_AT] !== MAGIC) return undefined;
  const header = new BytesReader(bytes);
  header.at = (bytes.readInt16BE(ATTRIBUTES_AT) & LOG_APPEND_TIME) === 0 ? BASE_TIME_AT : MAX_TIME_AT;
  return header.int64();
}

interface Decoding {
  readonly records: IncomingRecord[];
  readonly fromOffset: number;
  readonly names: HeaderNames;
  readonly aborted: AbortedBatches;
  bytes: number;
}

/** Returns the offset behind the batch. */
function decodeBatch(batch: Buffer, into: Decoding): number {
  const header = new BytesReader(batch);
  const baseOffset = header.int64();
  const behind = baseOffset + batch.readInt32BE(LAST_DELTA_AT) + 1;
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  if (isLeftOut(header, attributes, behind, into) || behind <= into.fromOffset) return behind;
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CRC_AT))
    throw new RecordsUnreadableError('a batch of records does not have its checksum', { baseOffset });
  const records = decompress(attributes & COMPRESSION_BITS, batch.subarray(RECORDS_AT));
  header.at = (attributes & LOG_APPEND_TIME) === 0 ? BASE_TIME_AT : MAX_TIME_AT;
  const times = { from: header.int64(), appended: (attributes & LOG_APPEND_TIME) !== 0 };
  try {
    decodeRecords(new BytesReader(records), batch.readInt32BE(COUNT_AT), baseOffset, times, into);
  } catch (error) {
    if (error instanceof AppError || error instanceof RangeError)
      throw new RecordsUnreadableError('a batch of records ends too early', { baseOffset }, error);
    throw error;
  }
  return behind;
}

function isLeftOut(header: BytesReader, attributes: number, behind: number, { aborted }: Decoding): boolean {
  if ((attributes & TRANSACTIONAL) === 0) return (attributes & CONTROL) !== 0;
  header.at = PRODUCER_AT;
  const producerId = header.int64();
  const isAborted = aborted.has(producerId, behind - 1);
  if ((attributes & CONTROL) === 0) return isAborted;
  aborted.ended(producerId);
  return true;
}

interface Times {
  readonly from: number;
  /** The broker's own time, the same for all. */
  readonly appended: boolean;
}

function decodeRecords(reader: BytesReader, count: number, baseOffset: number, times: Times, into: Decoding): void {
  for (let index = 0; index < count; index++) {
    const length = reader.varint();
    const end = reader.at + length;
    const start = reader.at + 1;
    reader.at = start;
    const timeDelta = reader.varint();
    const offset = baseOffset + reader.varint();
    if (offset >= into.fromOffset) {
      const timestampMs = times.appended ? times.from : times.from + timeDelta;
      into.records.push(readRecord(reader, end, offset, timestampMs, into.names));
      into.bytes += length;
    }
    reader.at = end;
  }
}

function readRecord(
  reader: BytesReader,
  end: number,
  offset: number,
  timestampMs: number,
  names: HeaderNames,
): IncomingRecord {
  const key = readNullable(reader);
  const value = readNullable(reader);
  const headers = readHeaders(reader, end, names);
  if (headers === undefined) return { offset, timestampMs, key, value, headers: {}, tooManyHeaders: true };
  return { offset, timestampMs, key, value, headers };
}

function readNullable(reader: BytesReader): Buffer | null {
  const length = reader.varint();
  return length < 0 ? null : reader.slice(length);
}
