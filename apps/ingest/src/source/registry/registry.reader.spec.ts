import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import type { IncomingRecord } from '@signpost/ports';
import type { FieldMap } from '../mapped.reader.js';
import { RegistryReader } from './registry.reader.js';
import { SchemaCache } from './schema-cache.js';
import { SchemaUnknownError, type RegisteredSchema } from './schema-registry.js';

const LEAD = {
  type: 'record',
  name: 'Lead',
  namespace: 'crm',
  fields: [
    { name: 'tenant', type: 'string' },
    { name: 'id', type: 'long' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'photo', type: ['null', 'bytes'], default: null },
    { name: 'contact', type: ['null', 'crm.Contact'], default: null },
  ],
} as const;
const CONTACT = {
  type: 'record',
  name: 'Contact',
  namespace: 'crm',
  fields: [{ name: 'email', type: 'string' }],
} as const;
const NESTED = { type: 'record', name: 'Nested', fields: [{ name: 'next', type: ['null', 'Nested'] }] };
const SCHEMAS: Readonly<Record<number, RegisteredSchema>> = {
  1: { type: 'AVRO', text: JSON.stringify(LEAD), references: [JSON.stringify(CONTACT)] },
  2: { type: 'JSON', text: '{}', references: [] },
  3: { type: 'PROTOBUF', text: 'message A {}', references: [] },
  4: { type: 'AVRO', text: '{"type":"rekord"}', references: [] },
  5: { type: 'AVRO', text: '"string"', references: [] },
  6: { type: 'AVRO', text: JSON.stringify(NESTED), references: [] },
  7: {
    type: 'AVRO',
    text: JSON.stringify({
      type: 'record',
      name: 'Either',
      fields: [
        { name: 'of', type: [CONTACT, { type: 'record', name: 'Person', fields: [{ name: 'name', type: 'string' }] }] },
        { name: 'all', type: { type: 'array', items: ['crm.Contact', 'Person'] } },
      ],
    }),
    references: [],
  },
};
const MAP: FieldMap = {
  application: { path: ['tenant'] },
  type: { value: 'lead.captured' },
  id: { path: ['id'] },
  time: { path: ['at'] },
};

/** Of an id: a zero byte, the id in four, and what follows. */
const framed = (id: number, rest: Buffer): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(id, 1);
  return Buffer.concat([prefix, rest]);
};
const aRecord = (value: Buffer | null): IncomingRecord => ({
  offset: 0,
  timestampMs: 0,
  key: null,
  headers: {},
  value,
});

const encode = (lead: object): Buffer => {
  const registry = {};
  avro.Type.forSchema(CONTACT as unknown as avro.Schema, { registry });
  return avro.Type.forSchema(LEAD as unknown as avro.Schema, { registry, wrapUnions: false }).toBuffer(lead);
};

function setup(map = MAP) {
  const asked: number[] = [];
  const cache = new SchemaCache({
    schema: (id) => {
      asked.push(id);
      const schema = SCHEMAS[id];
      return schema === undefined ? Promise.reject(new SchemaUnknownError('none')) : Promise.resolve(schema);
    },
  });
  const reader = new RegistryReader(map, cache);
  const read = async (value: Buffer | null) => {
    await reader.prepare(aRecord(value));
    return reader.read(aRecord(value));
  };
  return { asked, reader, read };
}

const LEAD_1 = {
  tenant: 'acme',
  id: 7,
  at: 1_790_000_000_000,
  photo: Buffer.from([0, 255]),
  contact: { email: 'zoe@example.com' },
};

describe('RegistryReader', () => {
  it('reads Avro by its schema and those that it refers to, and writes it as JSON', async () => {
    const { payload, ...event } = await setup().read(framed(1, encode(LEAD_1)));
    expect(event).toEqual({ application: 'acme', eventType: 'lead.captured', eventId: '7', timeMs: 1_790_000_000_000 });
    expect(JSON.parse(payload.toString())).toEqual({ ...LEAD_1, photo: 'AP8=' });
  });

  it('writes unions as their value, of several records as well', async () => {
    const { read } = setup({ application: { path: ['of', 'name'] }, type: { value: 'a' } });
    // The second of the two, whose name is "me", and another in a list.
    const value = Buffer.from([0x02, 0x04, 0x6d, 0x65, 0x02, 0x00, 0x02, 0x61, 0x00]);
    const { payload, application } = await read(framed(7, value));
    expect([application, payload.toString()]).toEqual(['me', '{"of":{"name":"me"},"all":[{"email":"a"}]}']);
  });

  it('keeps whole numbers whole beyond what a double holds', async () => {
    // 2^53 + 1, in Avro's zigzag.
    const bytes = encode({ ...LEAD_1, id: 0, photo: null, contact: null });
    const id = Buffer.from([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
    const tenant = bytes.subarray(0, 5);
    const { payload, eventId } = await setup().read(framed(1, Buffer.concat([tenant, id, bytes.subarray(6)])));
    expect(eventId).toBe('9007199254740993');
    expect(payload.toString()).toContain('"id":9007199254740993,');
  });

  it('takes JSON of a JSON Schema as it is written', async () => {
    const json = '{ "tenant" : "acme", "id": 1.0 }';
    expect((await setup().read(framed(2, Buffer.from(json)))).payload.toString()).toBe(json);
  });

  it('cuts out a part of either', async () => {
    const map: FieldMap = { ...MAP, payload: { path: ['contact'] } };
    expect((await setup(map).read(framed(1, encode(LEAD_1)))).payload.toString()).toBe('{"email":"zoe@example.com"}');
    const json = Buffer.from('{"tenant":"acme","id":1,"contact": { "a": 1.0 }}');
    expect((await setup(map).read(framed(2, json))).payload.toString()).toBe('{ "a": 1.0 }');
  });

  it('sets aside what is nested too deeply, or takes it in, however deep it is', async () => {
    const { read } = setup({ application: { value: 'acme' }, type: { value: 'a' } });
    const nested = (depth: number) => framed(6, Buffer.concat([Buffer.alloc(depth, 0x02), Buffer.alloc(1)]));
    // Once it has run often, reading takes less of the stack than writing does.
    for (let turn = 0; turn < 300; turn += 1) await read(nested(1_000));
    for (let depth = 2_000; depth < 20_000; depth += 250) {
      const outcome = await read(nested(depth)).catch((error: unknown) => error);
      expect(outcome).toMatchObject('eventType' in Object(outcome) ? {} : { code: 'schema_mismatch' });
    }
  });

  it('asks for a schema once, and again for one that was not there only after a while', async () => {
    const { asked, reader, read } = setup();
    const value = framed(1, encode(LEAD_1));
    await Promise.all([reader.prepare(aRecord(value)), reader.prepare(aRecord(value))]);
    await read(value);
    expect(reader.prepare(aRecord(value))).toBeUndefined();
    await expect(read(framed(99, Buffer.alloc(1)))).rejects.toMatchObject({ code: 'schema_unknown' });
    await expect(read(framed(99, Buffer.alloc(1)))).rejects.toMatchObject({ code: 'schema_unknown' });
    expect(asked).toEqual([1, 99]);
  });

  it.each<[string, Buffer | null, string]>([
    ['no value', null, 'payload_missing'],
    ['no schema id', Buffer.from('{}'), 'schema_mismatch'],
    ['half of one', Buffer.from([0, 0, 0]), 'schema_mismatch'],
    ['bytes that are cut off', framed(1, encode(LEAD_1).subarray(0, -1)), 'schema_mismatch'],
    ['bytes beyond the end', framed(1, Buffer.concat([encode(LEAD_1), Buffer.alloc(1)])), 'schema_mismatch'],
    ['JSON that is none', framed(2, Buffer.from('{')), 'payload_not_json'],
    ['a schema of another kind', framed(3, Buffer.alloc(1)), 'schema_unknown'],
    ['a schema that is none', framed(4, Buffer.alloc(1)), 'schema_unknown'],
    ['a value that is no record', framed(5, Buffer.from([2, 0x61])), 'field_invalid'],
  ])('refuses %s', async (_, value, code) => {
    await expect(setup().read(value)).rejects.toMatchObject({ code });
  });
});
