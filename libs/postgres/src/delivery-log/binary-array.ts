/** Types that a batch's columns have. A `timestamptz` is given in milliseconds since 1970. */
export type ElementType = 'text' | 'bytea' | 'timestamptz' | 'bigint' | 'smallint' | 'real' | 'boolean';

export type Element = string | number | bigint | boolean | Buffer | null;

/** Of pg_type. */
const TYPE_IDS: Readonly<Record<ElementType, number>> = {
  text: 25,
  bytea: 17,
  timestamptz: 1184,
  bigint: 20,
  smallint: 21,
  real: 700,
  boolean: 16,
};

const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
/** PostgreSQL counts microseconds from here, in milliseconds since 1970: 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

/**
 * An array of one dimension as PostgreSQL's array_recv reads it: a payload's bytes go as they are, and neither side
 * writes or reads a number as text. The driver sends a Buffer as a binary parameter.
 * @throws TypeError for an element of another type
 */
export function binaryArray(type: ElementType, elements: readonly Element[]): Buffer {
  let size = HEADER_BYTES;
  let hasNull = 0;
  for (const element of elements) {
    size += 4;
    if (element === null) hasNull = 1;
    else size += sizeOf(type, element);
  }
  const into = Buffer.allocUnsafeSlow(size);
  into.writeInt32BE(1, 0);
  into.writeInt32BE(hasNull, 4);
  into.writeInt32BE(TYPE_IDS[type], 8);
  into.writeInt32BE(elements.length, 12);
  into.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const element of elements) {
    const length = element === null ? NULL_LENGTH : write(type, element, into, at + 4);
    into.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return into;
}

function sizeOf(type: ElementType, element: NonNullable<Element>): number {
  switch (type) {
    case 'text':
      return Buffer.byteLength(text(element));
    case 'bytea':
      return bytes(element).length;
    case 'timestamptz':
    case 'bigint':
      return 8;
    case 'real':
      return 4;
    case 'smallint':
      return 2;
    case 'boolean':
      return 1;
  }
}

/** Returns how many bytes it wrote. */
function write(type: ElementType, element: NonNullable<Element>, into: Buffer, at: number): number {
  switch (type) {
    case 'text':
      return into.write(text(element), at);
    case 'bytea':
      return bytes(element).copy(into, at);
    case 'timestamptz':
      into.writeBigInt64BE(BigInt(Math.round((number(element) - POSTGRES_EPOCH_MS) * 1_000)), at);
      return 8;
    case 'bigint':
      if (typeof element !== 'bigint') throw mismatch();
      into.writeBigInt64BE(element, at);
      return 8;
    case 'real':
      into.writeFloatBE(number(element), at);
      return 4;
    case 'smallint':
      into.writeInt16BE(number(element), at);
      return 2;
    case 'boolean':
      if (typeof element !== 'boolean') throw mismatch();
      into.writeUInt8(element ? 1 : 0, at);
      return 1;
  }
}

function text(element: Element): string {
  if (typeof element !== 'string') throw mismatch();
  return element;
}

function number(element: Element): number {
  if (typeof element !== 'number' || !Number.isFinite(element)) throw mismatch();
  return element;
}

function bytes(element: Element): Buffer {
  if (!Buffer.isBuffer(element)) throw mismatch();
  return element;
}

/** A fact is read without a look at its fields: one that lacks a field is found out here. */
function mismatch(): TypeError {
  return new TypeError('a field is missing or has another type');
}
