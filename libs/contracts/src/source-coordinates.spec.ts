import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coordinatesText, readCoordinates } from './source-coordinates.js';

describe('source coordinates', () => {
  it('are read as they are written', () => {
    const topic = fc.stringMatching(/^[\w.-]{1,249}$/);
    fc.assert(
      fc.property(
        topic,
        fc.nat(999_999),
        fc.maxSafeNat().map((n) => n % 1e15),
        (name, partition, offset) => {
          const origin = { topic: name, partition, offset };
          expect(readCoordinates(coordinatesText(origin))).toEqual(origin);
        },
      ),
    );
  });

  it.each(['', 'a', 'a:1', 'a:1:x', 'a:-1:2', ':1:2', 'a b:1:2', 'a:1:2:3', `a:1:${'9'.repeat(16)}`])(
    'are not %j',
    (text) => {
      expect(readCoordinates(text)).toBeUndefined();
    },
  );
});
