import avro from 'avsc';

/** Items that take no byte of the record (null, a record without fields), in one record. */
const MOST_FREE_ITEMS = 10_000;

/** Where the library stands in the bytes that it reads. */
interface Tap {
  pos: number;
  readonly buf: { readonly length: number };
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

/** The reading half of the library's types, which its own declarations leave out. */
interface Readable {
  _read(tap: Tap): unknown;
}

/** A record says how many items it has. */
class ItemsBeyondTheEndError extends Error {
  constructor() {
    super('it names more items than it has bytes');
  }
}

/**
 * Makes types whose lists and maps end with the record's bytes. The library believes a list's count, and reads zeros beyond the end
 * for as long as it says: ten bytes would cost all memory, again after each restart, and nothing after them would ever be read.
 */
export class BoundedAvro {
  private freeItems = 0;

  private readonly hook: NonNullable<avro.ForSchemaOptions['typeHook']> = (schema, options) => {
    switch (kindOf(schema)) {
      case 'array':
        return new this.List(schema, options);
      case 'map':
        return new this.Named(schema, options);
      default:
        return undefined;
    }
  };

  /** @throws Error for what is no Avro schema */
  type(schema: avro.Schema, registry: Record<string, avro.Type>): avro.Type {
    return avro.Type.forSchema(schema, { registry, typeHook: this.hook });
  }

  /** @throws Error for bytes that the type does not describe */
  decode(type: avro.Type, bytes: Buffer): unknown {
    this.freeItems = 0;
    return type.fromBuffer(bytes) as unknown;
  }

  /** Items until the end of all blocks, each block with its count. */
  private *items(tap: Tap): Generator<undefined> {
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      // Less than zero: the size of the block in bytes stands behind it.
      if (count < 0) tap.skipLong();
      const items = Math.abs(count);
      for (let item = 0; item < items; item += 1) {
        const { pos } = tap;
        // At least the end of the list comes after an item.
        if (pos >= tap.buf.length) throw new ItemsBeyondTheEndError();
        yield;
        if (tap.pos > pos) continue;
        this.freeItems += 1;
        if (this.freeItems > MOST_FREE_ITEMS) throw new ItemsBeyondTheEndError();
      }
    }
  }

  private readonly List = boundedList((tap) => this.items(tap));
  private readonly Named = boundedMap((tap) => this.items(tap));
}

type Items = (tap: Tap) => Iterable<undefined>;

const boundedList = (items: Items) =>
  class extends avro.types.ArrayType implements Readable {
    _read(tap: Tap): unknown {
      const type = this.itemsType as unknown as Readable;
      const list: unknown[] = [];
      for (const _ of items(tap)) list.push(type._read(tap));
      return list;
    }
  };

const boundedMap = (items: Items) =>
  class extends avro.types.MapType implements Readable {
    _read(tap: Tap): unknown {
      const type = this.valuesType as Readable;
      // Without a prototype: `__proto__` is a name like any other.
      const map = Object.create(null) as Record<string, unknown>;
      for (const _ of items(tap)) {
        const name = tap.readString();
        map[name] = type._read(tap);
      }
      return map;
    }
  };

const kindOf = (schema: unknown): unknown =>
  typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
