import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IncomingRecord } from '@signpost/ports';
import { at, MappedReader, pointerParts, type FieldMap } from './mapped.reader.js';

const path = (text: string): { readonly path: readonly string[] } => ({ path: pointerParts(text) ?? [] });

const MAP: FieldMap = {
  application: path('/tenant/id'),
  type: { header: 'kind' },
  id: path('/id'),
  time: { ...path('/at'), unit: 'seconds' },
  conversation: path('/chat'),
  channels: path('/channels'),
  payload: path('/body/0'),
};

const aRecord = (
  value: string | null,
  headers: Record<string, string> = { kind: 'message.received' },
): IncomingRecord => ({
  offset: 0,
  timestampMs: 0,
  key: null,
  headers,
  value: value === null ? null : Buffer.from(value),
});
const read = (value: object, map = MAP) => new MappedReader(map).read(aRecord(JSON.stringify(value)));
const GIVEN = { tenant: { id: 'acme' }, id: 7, at: 1_790_000_000, chat: 'c1', channels: ['x'], body: [{ a: 1 }] };

describe('MappedReader', () => {
  it('finds every field where the map says, and the payload as it is written', () => {
    const value = `{"tenant":{"id":"acme"},"id":7,"at":1790000000.5,"chat":"c1","channels":"x,y","body":[{ "n": 1.0 }]}`;
    expect(new MappedReader(MAP).read(aRecord(value))).toEqual({
      application: 'acme',
      eventType: 'message.received',
      eventId: '7',
      timeMs: 1_790_000_000_500,
      conversationId: 'c1',
      channels: ['x', 'y'],
      payload: Buffer.from('{ "n": 1.0 }'),
      json: { n: 1 },
    });
  });

  it('takes the whole value for the payload, and constants for fields, where that is what the map says', () => {
    const map: FieldMap = { application: { value: 'acme' }, type: { value: 'a' }, source: { value: '/crm' } };
    const value = '{ "anything" : 1.0 }';
    expect(new MappedReader(map).read(aRecord(value, {}))).toEqual({
      application: 'acme',
      eventType: 'a',
      source: '/crm',
      payload: Buffer.from(value),
      json: JSON.parse(value) as unknown,
    });
  });

  it('leaves out what is null or is not there, but for application and type', () => {
    const { tenant, body } = GIVEN;
    expect(read({ tenant, body, id: null })).toEqual({
      application: 'acme',
      eventType: 'message.received',
      payload: Buffer.from('{"a":1}'),
      json: { a: 1 },
    });
  });

  it.each<[string, object, string, string]>([
    ['no application', { tenant: {} }, 'field_invalid', '/tenant/id (application) is missing'],
    ['an application that is an object', { tenant: { id: {} } }, 'field_invalid', '/tenant/id (application)'],
    ['an id beyond what is exact', { id: 2 ** 53 }, 'field_invalid', 'send it as text'],
    ['an id with half a character', { id: 'order-\ud83d' }, 'field_invalid', 'has to have 1 to 256 characters'],
    ['a time that is none', { at: 'noon' }, 'field_invalid', '/at (time) is no time'],
    ['a time that is far off', { at: 1e300 }, 'field_invalid', '/at (time) is no time'],
    ['channels that are none', { channels: ['a b'] }, 'field_invalid', '/channels (channels)'],
    ['no payload', { body: [] }, 'payload_missing', '/body/0 is missing'],
    ['a payload that is no object', { body: [1] }, 'payload_not_object', '/body/0 is no JSON object'],
  ])('refuses %s', (_, fields, code, text) => {
    const refusal = (): unknown => read({ ...GIVEN, ...fields });
    expect(refusal).toThrow(text);
    expect(refusal).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    [{}, '/kind (type) is missing'],
    [{ kind: 7 }, '/kind (type) is no text'],
    [{ kind: 'a b' }, '/kind (type) is "a b"'],
  ])('says of the type in %j what is wrong', (value, text) => {
    expect(() => read(value, { application: { value: 'acme' }, type: path('/kind') })).toThrow(text);
  });

  it('reads nothing but what the value itself has', () => {
    expect(at({ a: [1] }, ['a', 'length'])).toBeUndefined();
    expect(at({}, ['constructor', 'name'])).toBeUndefined();
    expect(at({ '': { '~/': 1 } }, pointerParts('//~0~1') ?? [])).toBe(1);
  });

  it('slices the payload wherever it lies as parsing finds it', () => {
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.record({ leaf: fc.string() }),
        fc.dictionary(fc.constantFrom('a', 'b/', '~c', '0'), tie('node'), { maxKeys: 3 }),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    })).node;
    const names = fc.array(fc.constantFrom('a', 'b/', '~c', '0', '1', 'leaf'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(tree, names, (value, parts) => {
        const record = aRecord(JSON.stringify({ in: value }, null, 1), {});
        const map: FieldMap = {
          application: { value: 'acme' },
          type: { value: 'a' },
          payload: { path: ['in', ...parts] },
        };
        const found = at({ in: value }, ['in', ...parts]);
        const isObject = typeof found === 'object' && found !== null && !Array.isArray(found);
        const result = (): unknown => JSON.parse(new MappedReader(map).read(record).payload.toString());
        if (isObject) expect(result()).toEqual(found);
        else expect(result).toThrow(expect.objectContaining({ code: expect.stringMatching(/^payload_/) as unknown }));
      }),
    );
  });
});

describe('pointerParts', () => {
  it.each(['', 'a', '/~', '/a~2', '#/a'])('takes "%s" for no pointer', (text) => {
    expect(pointerParts(text)).toBeUndefined();
  });
});
