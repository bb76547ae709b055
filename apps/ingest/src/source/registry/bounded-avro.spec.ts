import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { avroDecoder } from './avro.js';

const decoder = (schema: unknown) => avroDecoder({ text: JSON.stringify(schema), references: [] });
/** 3,000,000 items are said to follow. */
const VERY_MANY = Buffer.from([0x80, 0x9b, 0xee, 0x02]);
const END = Buffer.from([0]);

describe('lists and maps of Avro', () => {
  it.each([
    ['a list', { type: 'array', items: 'int' }, Buffer.concat([VERY_MANY, END])],
    ['a list in a record', aRecordWith({ type: 'array', items: 'string' }), Buffer.concat([VERY_MANY, END])],
    ['a block that says its size', { type: 'array', items: 'int' }, Buffer.from([0x01, ...VERY_MANY])],
    ['a map', { type: 'map', values: 'int' }, Buffer.concat([VERY_MANY, END])],
    ['items of no bytes', { type: 'array', items: 'null' }, Buffer.concat([VERY_MANY, END])],
    ['items of no bytes in many lists', listsOfNothing(), manyListsOfNothing()],
  ])('refuses %s that names more items than there are', (_, schema, bytes) => {
    expect(() => decoder(schema)(bytes)).toThrow('it names more items than it has bytes');
  });

  it('reads what the library writes', () => {
    const schema = aRecordWith({
      type: 'array',
      items: ['null', { type: 'map', values: { type: 'array', items: ['long', 'null'] } }],
    });
    const value = { it: [null, { a: [1, null], b: [] }, {}] };
    const bytes = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false }).toBuffer(value);
    expect(JSON.parse(JSON.stringify(decoder(schema)(bytes)))).toEqual(value);
    const blocks = Buffer.from([0x01, 0x02, 0x0e, 0x02, 0x0c, 0]);
    expect(decoder({ type: 'array', items: 'int' })(blocks)).toEqual([7, 6]);
  });

  it('keeps a name that objects have of themselves', () => {
    const type = { type: 'map', values: { type: 'map', values: 'int' } };
    const bytes = Buffer.concat([
      Buffer.from([0x02, 18]),
      Buffer.from('__proto__'),
      Buffer.from([0x02, 2, 0x61, 6, 0, 0]),
    ]);
    expect(JSON.stringify(decoder(type)(bytes))).toBe('{"__proto__":{"a":3}}');
  });
});

function aRecordWith(type: unknown) {
  return { type: 'record', name: 'R', fields: [{ name: 'it', type }] };
}

function listsOfNothing() {
  return { type: 'array', items: { type: 'array', items: 'null' } };
}

function manyListsOfNothing(): Buffer {
  // 64 lists of 1,000.
  return Buffer.concat([
    Buffer.from([0x80, 0x01]),
    ...Array.from({ length: 64 }, () => Buffer.from([0xd0, 0x0f, 0])),
    END,
  ]);
}
