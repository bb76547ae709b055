import { ProtocolError } from './errors.js';

const HIGH = 0x1_0000_0000;

/** Reads Kafka's primitive types one after another. Past the end it throws: a RangeError, or a ProtocolError. */
export class BytesReader {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  /** Exact up to 2^53, which no offset and no time reaches. */
  int64(): number {
    const from = this.skip(8);
    return this.bytes.readInt32BE(from) * HIGH + this.bytes.readUInt32BE(from + 4);
  }

  /** A zigzag varint of up to 64 bits. */
  varint(): number {
    const { bytes } = this;
    const first = bytes[this.at++];
    if (first === undefined) throw new ProtocolError('a number ends too early');
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    for (let scale = 0x80; ; scale *= 0x80) {
      const byte = bytes[this.at++];
      if (byte === undefined || scale > 2 ** 63) throw new ProtocolError('a number ends too early, or never');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }

  text(): string {
    return this.nullableText() ?? '';
  }

  nullableText(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    return this.slice(length).toString('utf8');
  }

  /** Bytes behind their length of four bytes: a view. */
  blob(): Buffer {
    return this.slice(Math.max(0, this.int32()));
  }

  /** An array whose absence counts as empty. */
  list<T>(read: (reader: BytesReader) => T): readonly T[] {
    const count = this.int32();
    // Each element has one byte at least: a wild count must not make a wild array.
    if (count > this.bytes.length - this.at) throw new ProtocolError('a list is longer than what holds it', { count });
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read(this));
    return items;
  }

  slice(length: number): Buffer {
    const from = this.skip(length);
    return this.bytes.subarray(from, this.at);
  }

  private skip(length: number): number {
    const from = this.at;
    this.at += length;
    if (length < 0 || this.at > this.bytes.length)
      throw new ProtocolError('an answer ends too early', { from, length });
    return from;
  }
}
