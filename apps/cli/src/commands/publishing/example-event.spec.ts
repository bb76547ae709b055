import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidValueError } from '../../specification/values.js';
import { withChanges } from './example-event.js';

const EXAMPLE = { type: 'a.b', data: { score: 4, lead: { name: 'Zoë' }, list: [{ n: 1 }] } };

describe('changes of an example', () => {
  it('go to their path, as JSON where they can be read as such', () => {
    const changes = {
      'data.score': '1',
      'data.lead.name': 'Ann',
      'data.list.0.n': '2',
      'data.new.deep': 'true',
      'data.text': '"1"',
    };
    expect(withChanges(EXAMPLE, changes)).toEqual({
      type: 'a.b',
      data: { score: 1, lead: { name: 'Ann' }, list: [{ n: 2 }], new: { deep: true }, text: '1' },
    });
    expect(EXAMPLE.data.score).toBe(4);
  });

  it.each(['', '.', 'data.', 'data..x', 'data.score.x', 'type.x', '__proto__.x', 'data.constructor.x'])(
    'refuse the path %j',
    (path) => {
      expect(() => withChanges(EXAMPLE, { [path]: '1' })).toThrow(InvalidValueError);
    },
  );

  it('never touch anything but the example', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, text) => {
        try {
          withChanges(EXAMPLE, { [path]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidValueError);
        }
        expect(({} as Record<string, unknown>)['x']).toBeUndefined();
        expect(EXAMPLE.data.score).toBe(4);
      }),
    );
  });
});
