const HIGH = 0x1_0000_0000;
const FIRST_CAPACITY = 512;
/** Up to here a loop is quicker than a call into the runtime. */
const SHORT_TEXT = 32;

/** Writes Kafka's primitive types one after another; grows unless it was told the size. */
export class BytesWriter {
  private bytes: Buffer;
  private at = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** How much has been written. */
  get length(): number {
    return this.at;
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  /** What was written from an offset on, as a view to be read or mended. */
  since(from: number): Buffer {
    return this.bytes.subarray(from, this.at);
  }

  int8(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  int16(value: number): void {
    const at = this.room(2);
    this.bytes.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.room(4);
    this.bytes.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.room(8);
    this.bytes.writeInt32BE(Math.floor(value / HIGH), at);
    this.bytes.writeUInt32BE(value - Math.floor(value / HIGH) * HIGH, at + 4);
  }

  /** A zigzag varint of up to 32 bits. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    let at = this.room(varintSize(value));
    for (; rest >= 0x80; rest >>>= 7) this.bytes[at++] = (rest & 0x7f) | 0x80;
    this.bytes[at] = rest;
  }

  text(value: string): void {
    this.int16(Buffer.byteLength(value));
    this.raw(value);
  }

  nullableText(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.text(value);
  }

  blob(value: Buffer): void {
    this.int32(value.length);
    this.raw(value);
  }

  list<T>(items: readonly T[], write: (item: T) => void): void {
    this.int32(items.length);
    items.forEach(write);
  }

  /** Bytes, or a text in UTF-8, without their length. */
  raw(value: Buffer | string): void {
    if (typeof value !== 'string') {
      const at = this.room(value.length);
      this.bytes.set(value, at);
      return;
    }
    const size = textSize(value);
    const from = this.room(size);
    if (size !== value.length || size > SHORT_TEXT) {
      this.bytes.write(value, from, 'utf8');
      return;
    }
    for (let index = 0; index < size; index++) this.bytes[from + index] = value.charCodeAt(index);
  }

  /** Where to write: to be called before `bytes` is read, which it may replace. */
  private room(size: number): number {
    const from = this.at;
    this.at += size;
    if (this.at > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.at, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, from);
      this.bytes = larger;
    }
    return from;
  }
}

/** Bytes of a text in UTF-8. */
export function textSize(text: string): number {
  const { length } = text;
  if (length > SHORT_TEXT) return Buffer.byteLength(text);
  for (let index = 0; index < length; index++) if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** Bytes of a zigzag varint. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}
