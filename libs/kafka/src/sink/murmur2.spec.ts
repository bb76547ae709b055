import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { murmur2, partitionForKey } from './murmur2.js';

// kafkajs does not export its own, which was held against the Java client's.
const theirs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: Buffer,
) => number;

describe('murmur2', () => {
  it('agrees with the client for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(murmur2(Buffer.from(bytes))).toBe(theirs(Buffer.from(bytes)));
      }),
    );
  });

  it("agrees with the Java client's published values", () => {
    expect([murmur2(Buffer.from('21')), murmur2(Buffer.from('foobar'))]).toEqual([-973932308, -790332482]);
    expect([murmur2(Buffer.from('a-little-bit-long-string')), murmur2(Buffer.from('abc'))]).toEqual([
      -985981536, 479470107,
    ]);
  });

  it('stays within the partitions', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        const partition = partitionForKey(key, partitions);
        expect(partition >= 0 && partition < partitions).toBe(true);
      }),
    );
  });
});
