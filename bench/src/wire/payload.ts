/**
 * The payload of the benchmark: an ordinary event whose first bytes tell the receiver, at fixed places and
 * without parsing, when it was sent, in which run, and which one it is.
 */
const AT = '{"at":"';
const RUN = '","run":"';
const SEQUENCE = '","seq":"';
const AT_DIGITS = 16;
const RUN_DIGITS = 6;
const SEQUENCE_DIGITS = 9;
const AT_OFFSET = AT.length;
const RUN_OFFSET = AT_OFFSET + AT_DIGITS + RUN.length;
const SEQUENCE_OFFSET = RUN_OFFSET + RUN_DIGITS + SEQUENCE.length;

export const PAYLOAD_START_BYTES = SEQUENCE_OFFSET + SEQUENCE_DIGITS;
export const EVENT_TYPE = 'message.received';

export interface Stamp {
  /** Microseconds of the machine's monotonic clock: when it was meant to be sent. */
  readonly atMicros: number;
  readonly run: number;
  readonly sequence: number;
}

/** A payload of exactly `bytes` bytes with an empty stamp. */
export function payloadTemplate(bytes: number): Buffer {
  const start = AT + '0'.repeat(AT_DIGITS) + RUN + '0'.repeat(RUN_DIGITS) + SEQUENCE + '0'.repeat(SEQUENCE_DIGITS);
  const head = `${start}","type":"${EVENT_TYPE}","timestamp":"2026-01-01T00:00:00.000Z","data":{"text":"`;
  const tail = '"}}';
  const text = 'The parcel left the depot this morning and is due on Thursday. ';
  const room = bytes - head.length - tail.length;
  if (room < 0) throw new Error(`a benchmark payload has at least ${String(head.length + tail.length)} bytes`);
  return Buffer.from(head + text.repeat(Math.ceil(room / text.length)).slice(0, room) + tail, 'latin1');
}

/** Writes the stamp into `bytes`, whose payload begins at `offset`. */
export function stampPayload(bytes: Buffer, offset: number, stamp: Stamp): void {
  writeDigits(bytes, offset + AT_OFFSET, AT_DIGITS, Math.round(stamp.atMicros));
  writeDigits(bytes, offset + RUN_OFFSET, RUN_DIGITS, stamp.run);
  writeDigits(bytes, offset + SEQUENCE_OFFSET, SEQUENCE_DIGITS, stamp.sequence);
}

/** Undefined when what begins at `offset` is no payload of the benchmark. */
export function readStamp(bytes: Buffer, offset: number, end: number): Stamp | undefined {
  if (end - offset < PAYLOAD_START_BYTES) return undefined;
  const atMicros = readDigits(bytes, offset + AT_OFFSET, AT_DIGITS);
  const run = readDigits(bytes, offset + RUN_OFFSET, RUN_DIGITS);
  const sequence = readDigits(bytes, offset + SEQUENCE_OFFSET, SEQUENCE_DIGITS);
  return Number.isNaN(atMicros + run + sequence) ? undefined : { atMicros, run, sequence };
}

function writeDigits(bytes: Buffer, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let at = offset + digits - 1; at >= offset; at -= 1) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function readDigits(bytes: Buffer, offset: number, digits: number): number {
  let value = 0;
  for (let at = offset; at < offset + digits; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
