import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveryIdOf, derivedId, isId, lowestId, newId, timeOfId } from './ids.js';

const aTime = fc.integer({ min: 0, max: Date.UTC(2500, 0) });

describe('ids', () => {
  it('carry their time', () => {
    fc.assert(fc.property(aTime, (atMs) => timeOfId(newId('msg', atMs)) === atMs));
  });

  it('sort by their time, and the lowest of a time is at or below every one of it', () => {
    fc.assert(
      fc.property(aTime, aTime, (a, b) => {
        fc.pre(a !== b);
        expect(newId('ep', a) < newId('ep', b)).toBe(a < b);
        expect(lowestId('ep', a) <= newId('ep', a)).toBe(true);
        expect(lowestId('ep', Math.max(a, b)) > newId('ep', Math.min(a, b))).toBe(true);
      }),
    );
  });

  it('do not repeat', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newId('atmpt', 1)));
    expect(ids.size).toBe(10_000);
  });

  it('are the same for the same parts, and only for them', () => {
    const parts = fc.array(fc.string());
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(derivedId('msg', 5, ...a) === derivedId('msg', 5, ...b)).toBe(same);
      }),
    );
    expect(derivedId('msg', 5, 'a', 'bc')).not.toBe(derivedId('msg', 5, 'ab', 'c'));
  });

  it('name one delivery for one message and endpoint, with the message’s time', () => {
    const message = newId('msg', 1_767_323_045_000);
    const endpoint = newId('ep', 1);
    const delivery = deliveryIdOf(message, endpoint);
    expect(deliveryIdOf(message, endpoint)).toBe(delivery);
    expect(deliveryIdOf(message, newId('ep', 1))).not.toBe(delivery);
    expect(isId('dlv', delivery)).toBe(true);
    expect(timeOfId(delivery)).toBe(1_767_323_045_000);
  });

  it.each([
    '',
    'msg_',
    'msg',
    `msg_${'0'.repeat(26)}`,
    `msg_${'0'.repeat(28)}`,
    `msg_${'0'.repeat(26)}.`,
    `msg_x_${'0'.repeat(27)}`,
    `ep_${'0'.repeat(27)}`,
    `msg_${'0'.repeat(27)}\n`,
  ])('do not look like %j', (text) => {
    expect(isId('msg', text)).toBe(false);
  });
});
