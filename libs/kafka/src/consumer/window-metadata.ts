const VERSION = 'v1:';
/** Kafka's own limit for the text beside a committed offset (offset.metadata.max.bytes). */
const MAX_LENGTH = 4_096;
const MAX_BYTES = Math.floor((MAX_LENGTH - VERSION.length) / 4) * 3;
const LONGEST_VARINT = 8;

export interface KnownWindow {
  /** Below it, what is not incomplete is done. */
  readonly upTo: number;
  /** Rising. */
  readonly incomplete: readonly number[];
}

/**
 * `upTo` and the incomplete offsets below it as varint distances. When they do not fit, `upTo` shrinks to the first one left out:
 * fewer offsets are claimed as done, never more.
 */
export function encodeWindow(base: number, upTo: number, incomplete: Iterable<number>): string {
  const distances: number[] = [];
  let end = upTo;
  let last = base;
  for (const offset of incomplete) {
    if (distances.length > MAX_BYTES - 2 * LONGEST_VARINT) {
      end = offset;
      break;
    }
    writeVarint(distances, offset - last);
    last = offset;
  }
  const head: number[] = [];
  writeVarint(head, end - base);
  return VERSION + Buffer.from([...head, ...distances]).toString('base64');
}

/** Undefined for a text that is not ours or makes no sense: then nothing above the offset counts as done. */
export function decodeWindow(metadata: string | null, base: number, maxSpan: number): KnownWindow | undefined {
  if (metadata?.startsWith(VERSION) !== true) return undefined;
  const numbers = readVarints(Buffer.from(metadata.slice(VERSION.length), 'base64'));
  const [span, ...distances] = numbers ?? [];
  if (span === undefined || span > maxSpan) return undefined;
  const incomplete: number[] = [];
  let last = base;
  for (const distance of distances) {
    last += distance;
    if (last >= base + span) return undefined;
    incomplete.push(last);
  }
  return { upTo: base + span, incomplete };
}

function writeVarint(into: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into.push((rest % 0x80) | 0x80);
  into.push(rest);
}

function readVarints(bytes: Buffer): number[] | undefined {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  let open = false;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    open = (byte & 0x80) !== 0;
    if (open) {
      scale *= 0x80;
      continue;
    }
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  return open ? undefined : numbers;
}
