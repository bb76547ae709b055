import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sliceElements, sliceMember } from './json-slice.js';

const slice = (text: string, name = 'payload'): string | undefined =>
  sliceMember(Buffer.from(text), name)?.toString('utf8');

describe('sliceMember', () => {
  it.each([
    ['keeps spaces inside and drops those around', '{ "payload" :\n\t{"a" : 1 } , "b":2}', '{"a" : 1 }'],
    ['takes the last of two', '{"payload":{"a":1},"payload":{"a":2}}', '{"a":2}'],
    ['passes over the same name deeper down', '{"x":{"payload":1},"payload":{"y":2}}', '{"y":2}'],
    ['knows a name written with escapes', '{"p\\u0061yload":{"a":1}}', '{"a":1}'],
    [
      'is not misled by braces and quotes in texts',
      '{"x":"}\\\\\\"{","payload":{"a":"]}\\\\"},"z":1}',
      '{"a":"]}\\\\"}',
    ],
    [
      'keeps numbers as they were written',
      '{"payload":{"n":1.00,"big":12345678901234567890}}',
      '{"n":1.00,"big":12345678901234567890}',
    ],
    ['keeps escapes and letters beyond ASCII', '{"é":1,"payload":{"a":"\\u00e9é😀"}}', '{"a":"\\u00e9é😀"}'],
    ['takes a bare word', '{"payload":true}', 'true'],
  ])('%s', (_, text, expected) => {
    expect(slice(text)).toBe(expected);
  });

  it.each(['{}', '[]', '[{"payload":1}]', '3', '"payload"', '{"x":{"payload":1}}'])('finds none in %s', (text) => {
    expect(slice(text)).toBeUndefined();
  });

  it('is not stopped by depth', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(slice(`{"payload":${deep}}`)).toBe(deep);
  });

  it('agrees with JSON.parse whatever the spacing, the escapes and the doubles', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(memberName, spaced), { maxLength: 8 }),
        fc.infiniteStream(space),
        (members, gaps) => {
          const gap = (): string => String(gaps.next().value);
          const body = members.map(([key, value]) => `${gap()}${key}${gap()}:${gap()}${value}${gap()}`).join(',');
          const text = `${gap()}{${body || gap()}}${gap()}`;
          const parsed = JSON.parse(text) as Record<string, unknown>;
          for (const name of ['payload', 'other', 'é"\\']) {
            const found = slice(text, name);
            expect(found === undefined ? undefined : JSON.parse(found)).toEqual(
              Object.hasOwn(parsed, name) ? parsed[name] : undefined,
            );
            expect(found).toBe(found?.trim());
          }
        },
      ),
    );
  });
});

describe('sliceElements', () => {
  it('finds each element and nothing else', () => {
    fc.assert(
      fc.property(fc.array(spaced), fc.infiniteStream(space), (values, gaps) => {
        const gap = (): string => String(gaps.next().value);
        const text = `${gap()}[${values.map((value) => `${gap()}${value}${gap()}`).join(',') || gap()}]`;
        expect(sliceElements(Buffer.from(text)).map(String)).toEqual(values);
      }),
    );
  });

  it.each(['{}', '1', '{"a":[1]}'])('finds none in %s', (text) => {
    expect(sliceElements(Buffer.from(text))).toEqual([]);
  });
});

const space = fc.constantFrom('', ' ', '\n', '\t\r\n ');
const escaped = (text: string): string => {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
};
const memberName = fc
  .tuple(fc.oneof(fc.constantFrom('payload', 'other', 'é"\\'), fc.string({ unit: 'grapheme' })), fc.boolean())
  .filter(([name]) => name !== '__proto__')
  .map(([name, withEscapes]) => (withEscapes ? escaped(name) : JSON.stringify(name)));
const spaced = fc.tuple(fc.json(), fc.nat(4)).map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent));
