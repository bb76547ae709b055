import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase } from '@signpost/testing';
import fc from 'fast-check';
import pg from 'pg';
import { binaryArray, type Element, type ElementType } from '../../../libs/postgres/src/delivery-log/binary-array.js';

const TYPES: Readonly<Record<ElementType, fc.Arbitrary<NonNullable<Element>>>> = {
  // PostgreSQL's text holds no zero and no half of a pair.
  text: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  bytea: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  timestamptz: fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) }),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  smallint: fc.integer({ min: -32_768, max: 32_767 }),
  real: fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  boolean: fc.boolean(),
};

describe('a binary array', () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: await freshDatabase() });
    await client.connect();
  });
  afterAll(() => client.end());

  const read = async (type: ElementType, elements: readonly Element[]): Promise<readonly unknown[]> => {
    const sql = `SELECT element FROM unnest($1::${type}[]) WITH ORDINALITY AS u (element, at) ORDER BY at`;
    const { rows } = await client.query<{ element: unknown }>(sql, [binaryArray(type, elements)]);
    // PostgreSQL tells a real in as few digits as say which it is.
    return rows.map(({ element }) => (typeof element === 'number' ? Math.fround(element) : element));
  };
  const asDriverReads = (type: ElementType, element: Element): unknown => {
    if (type === 'timestamptz' && typeof element === 'number') return new Date(element);
    return typeof element === 'bigint' ? String(element) : element;
  };

  it.each(Object.keys(TYPES) as ElementType[])('holds what PostgreSQL reads out of it: %s', async (type) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(TYPES[type]), { minLength: 1, maxLength: 20 }), async (elements) => {
        expect(await read(type, elements)).toEqual(elements.map((element) => asDriverReads(type, element)));
      }),
      { numRuns: 40 },
    );
  });

  it('takes no element of another type', () => {
    for (const type of Object.keys(TYPES) as ElementType[]) {
      expect(() => binaryArray(type, [{} as unknown as Element])).toThrow(TypeError);
      expect(() => binaryArray(type, [undefined as unknown as Element])).toThrow(TypeError);
    }
    expect(() => binaryArray('smallint', [NaN])).toThrow(TypeError);
    expect(() => binaryArray('smallint', [70_000])).toThrow('out of range');
  });
});
