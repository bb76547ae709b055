/** One field of a protobuf message as it lies on the wire. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** Reads the wire format by the book (protobuf.dev, Encoding), and nothing of any schema. */
export function fieldsOf(bytes: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('a field is longer than its message');
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const tag = varint();
    fields.push({ number: Number(tag >> 3n), value: valueOf(Number(tag & 7n), varint, slice) });
  }
  return fields;
}

function valueOf(wireType: number, varint: () => bigint, slice: (length: number) => Buffer): bigint | Buffer {
  switch (wireType) {
    case 0:
      return varint();
    case 1:
      return slice(8).readBigUInt64LE();
    case 2:
      return slice(Number(varint()));
    case 5:
      return BigInt(slice(4).readUInt32LE());
    default:
      throw new RangeError(`wire type ${String(wireType)}`);
  }
}

export class Message {
  private readonly fields: readonly Field[];

  constructor(bytes: Buffer) {
    this.fields = fieldsOf(bytes);
  }

  all(number: number): readonly Buffer[] {
    return this.fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? field.value : []));
  }

  bytes(number: number): Buffer {
    return this.all(number)[0] ?? Buffer.alloc(0);
  }

  text(number: number): string {
    return this.bytes(number).toString('utf8');
  }

  integer(number: number): bigint {
    const found = this.fields.find((field) => field.number === number)?.value;
    return typeof found === 'bigint' ? found : 0n;
  }

  has(number: number): boolean {
    return this.fields.some((field) => field.number === number);
  }
}
