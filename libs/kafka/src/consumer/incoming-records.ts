import type { KafkaMessage } from 'kafkajs';
import type { RecordHeaders } from '@signpost/contracts';
import type { IncomingRecord } from '@signpost/ports';

/** Bytes of a fetch response above which a record is worth copying out of it. */
const SHARED_BYTES = 65_536;

/**
 * A record as the port has it. Its bytes are a view of the whole fetch response: one slow record would keep
 * megabytes of finished ones in memory, so it is copied out of a large response.
 */
export function incomingRecord(message: KafkaMessage, offset: number): IncomingRecord {
  const bytes = incomingBytes(message);
  const shared = (message.value ?? message.key)?.buffer.byteLength ?? 0;
  const own = shared > SHARED_BYTES && bytes * 4 < shared ? copier(bytes) : same;
  return {
    offset,
    timestampMs: Number(message.timestamp),
    key: message.key === null ? null : own(message.key),
    value: message.value === null ? null : own(message.value),
    headers: ownHeaders(message.headers, own),
  };
}

export function incomingBytes({ key, value, headers }: KafkaMessage): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}

type Own = (bytes: Buffer) => Buffer;
const same: Own = (bytes) => bytes;

function copier(size: number): Own {
  const target = Buffer.allocUnsafeSlow(size);
  let at = 0;
  return (bytes) => {
    if (at + bytes.length > size) return Buffer.from(bytes);
    const from = at;
    at += bytes.copy(target, at);
    return target.subarray(from, at);
  };
}

const NO_HEADERS: RecordHeaders = {};

/** A name given several times has its first value. */
function ownHeaders(headers: KafkaMessage['headers'], own: Own): RecordHeaders {
  if (headers === undefined) return NO_HEADERS;
  const result: Record<string, Buffer | string> = {};
  for (const name in headers) {
    // The client gathers headers in a plain object: one named `constructor` comes with what Object has by that name.
    const first = [headers[name]].flat().find((one) => typeof one === 'string' || Buffer.isBuffer(one));
    if (first !== undefined) result[name] = typeof first === 'string' ? first : own(first);
  }
  return result;
}
