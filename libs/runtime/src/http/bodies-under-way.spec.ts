import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { announcedBytes, BodiesUnderWay } from './bodies-under-way.js';

describe('BodiesUnderWay', () => {
  it('holds no more than it may, but for one that is alone, and has room again for what is released', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(150), ends: fc.boolean() })), (requests) => {
        const bodies = new BodiesUnderWay(100);
        const held: number[] = [];
        for (const { bytes, ends } of requests) {
          const before = held.reduce((sum, one) => sum + one, 0);
          const isTaken = bodies.take(bytes);
          expect(isTaken).toBe(before === 0 || before + bytes <= 100);
          if (isTaken) held.push(bytes);
          const done = ends ? held.shift() : undefined;
          if (done !== undefined) bodies.release(done);
        }
      }),
    );
  });

  it.each([
    [{ 'content-length': '10' }, 10],
    [{ 'content-length': '5000' }, 1_000],
    [{ 'transfer-encoding': 'chunked' }, 1_000],
    [{}, 0],
  ])('reckons with what %j announces', (headers, expected) => {
    expect(announcedBytes(headers, 1_000)).toBe(expected);
  });
});
