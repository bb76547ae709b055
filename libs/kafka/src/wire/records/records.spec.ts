import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import type { IncomingRecord } from '@signpost/ports';
import { decodeRecordBatches } from './decode.js';
import { encodeRecordBatch, type EncodableRecord } from './encode.js';

// The other implementation of the same format, to hold ours against. Its types do not name these files.
const require = createRequire(import.meta.url);
const theirs = {
  batch: require('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
  },
  record: require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown,
  decode: require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
    records: readonly { key: Buffer | null; value: Buffer | null; headers: Record<string, unknown>; offset: string }[];
  }>,
  Decoder: require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object,
};

const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  fc.constantFrom('constructor', 'toString', 'ce_id'),
);
const headers = fc.dictionary(name, fc.oneof(bytes, fc.string({ maxLength: 80, unit: 'grapheme' })), { maxKeys: 12 });
const record: fc.Arbitrary<EncodableRecord> = fc.record({
  key: fc.oneof(fc.constant(null), bytes, fc.string({ maxLength: 60, unit: 'grapheme' })),
  value: fc.oneof(fc.constant(null), bytes),
  headers,
});
const records = fc.array(record, { minLength: 1, maxLength: 100 });
const asBytes = (value: string | Buffer | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;
const expected = (written: readonly EncodableRecord[], from = 0) =>
  written.map(({ key, value, headers: given = {} }, index) => ({
    offset: from + index,
    key: asBytes(key),
    value,
    headers: Object.entries(given).map(([header, content]) => [header, asBytes(content)]),
  }));
const found = (read: readonly IncomingRecord[]) =>
  read.map(({ offset, key, value, headers: given }) => ({ offset, key, value, headers: Object.entries(given) }));

const at = (batch: Buffer, baseOffset: number): Buffer => {
  const moved = Buffer.from(batch);
  moved.writeBigInt64BE(BigInt(baseOffset), 0);
  return moved;
};
const sealed = (batch: Buffer): Buffer => {
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
};
const one = (value: string): EncodableRecord => ({ key: 'k', value: Buffer.from(value) });
const values = (bytesRead: Buffer, from = 0): string[] =>
  decodeRecordBatches(bytesRead, from).records.map(({ value }) => String(value));

describe('record batches', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(records, fc.nat({ max: 2 ** 40 }), fc.nat(), (written, from, timestampMs) => {
        const read = decodeRecordBatches(at(encodeRecordBatch(written, timestampMs), from), from);
        expect(found(read.records)).toEqual(expected(written, from));
        expect(read.nextOffset).toBe(from + written.length);
        expect(new Set(read.records.map((each) => each.timestampMs))).toEqual(new Set([timestampMs]));
      }),
    );
  });

  it('are read by the other implementation', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (written) => {
        const batch = await theirs.decode(new theirs.Decoder(encodeRecordBatch(written, 1_700_000_000_000)));
        expect(
          batch.records.map((each) => ({
            key: each.key,
            value: each.value,
            offset: Number(each.offset),
            names: Object.keys(each.headers).filter((header) => Buffer.isBuffer(each.headers[header])),
          })),
        ).toEqual(
          expected(written).map((each) => ({
            key: each.key,
            value: each.value,
            offset: each.offset,
            // A header by the name of what every object has comes wrong from it.
            names: each.headers.map(([header]) => header).filter((header) => !(String(header) in {})),
          })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('of the other implementation are read', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (written) => {
        const batch = await theirs.batch.RecordBatch({
          compression: 0,
          firstTimestamp: 1_000,
          maxTimestamp: 1_000 + written.length,
          partitionLeaderEpoch: 0,
          lastOffsetDelta: written.length - 1,
          records: written.map((each, offsetDelta) =>
            theirs.record({ ...each, offsetDelta, timestampDelta: offsetDelta }),
          ),
        });
        const read = decodeRecordBatches(batch.buffer, 0);
        expect(found(read.records)).toEqual(expected(written));
        expect(read.records.map(({ timestampMs }) => timestampMs)).toEqual(written.map((_, index) => 1_000 + index));
      }),
      { numRuns: 50 },
    );
  });

  it('are left out below the offset asked for, also in part', () => {
    const log = Buffer.concat([
      at(encodeRecordBatch([one('a'), one('b')], 1), 0),
      at(encodeRecordBatch([one('c'), one('d')], 1), 2),
    ]);
    expect(values(log, 3)).toEqual(['d']);
    expect(values(log, 1)).toEqual(['b', 'c', 'd']);
    expect(decodeRecordBatches(log, 4)).toMatchObject({ records: [], nextOffset: 4 });
  });

  it('are left out when cut off, at whatever byte', () => {
    const whole = encodeRecordBatch([one('a')], 1);
    const next = at(encodeRecordBatch([one('b')], 1), 1);
    for (let cut = 0; cut < next.length; cut++) {
      const read = decodeRecordBatches(Buffer.concat([whole, next.subarray(0, cut)]), 0);
      expect(read).toMatchObject({ nextOffset: 1 });
      expect(read.records).toHaveLength(1);
    }
  });

  it('leave out markers of transactions, and go on behind them', () => {
    const marker = at(encodeRecordBatch([one('commit')], 1), 1);
    marker.writeInt16BE(0x30, 21);
    const log = Buffer.concat([
      encodeRecordBatch([one('a')], 1),
      sealed(marker),
      at(encodeRecordBatch([one('b')], 1), 2),
    ]);
    expect(values(log)).toEqual(['a', 'b']);
    expect(decodeRecordBatches(log.subarray(0, log.length), 3).nextOffset).toBe(3);
  });

  it('leave out the records of a transaction that was given up, and only of that', () => {
    const transactional = (value: string, offset: number, producerId: number, attributes = 0x10): Buffer => {
      const batch = at(encodeRecordBatch([one(value)], 1), offset);
      batch.writeInt16BE(attributes, 21);
      batch.writeBigInt64BE(BigInt(producerId), 43);
      return sealed(batch);
    };
    const log = Buffer.concat([
      transactional('before', 0, 7),
      transactional('marker', 1, 7, 0x30),
      transactional('given up', 2, 7),
      transactional('of another', 3, 8),
      transactional('given up too', 4, 7),
      at(encodeRecordBatch([one('outside')], 1), 5),
      transactional('marker', 6, 7, 0x30),
      transactional('after', 7, 7),
    ]);
    const read = decodeRecordBatches(log, 0, [{ producerId: 7, firstOffset: 2 }]);
    expect(read.records.map(({ value }) => String(value))).toEqual(['before', 'of another', 'outside', 'after']);
    expect(read.nextOffset).toBe(8);
    // Read from behind its beginning, as after a restart.
    const later = decodeRecordBatches(log, 4, [{ producerId: 7, firstOffset: 2 }]);
    expect(later.records.map(({ value }) => String(value))).toEqual(['outside', 'after']);
  });

  it("have the broker's time where the topic says so", () => {
    const batch = encodeRecordBatch([one('a'), one('b')], 1);
    batch.writeInt16BE(0x08, 21);
    batch.writeBigInt64BE(77n, 35);
    expect(decodeRecordBatches(sealed(batch), 0).records.map(({ timestampMs }) => timestampMs)).toEqual([77, 77]);
  });

  it.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('are unfolded from %s', (_name, codec, compress) => {
    const plain = encodeRecordBatch([one('a'), one('b')], 1);
    const folded = Buffer.concat([plain.subarray(0, 61), compress(plain.subarray(61))]);
    folded.writeInt16BE(codec, 21);
    expect(values(sealed(folded))).toEqual(['a', 'b']);
  });

  it.each(['gzip', 'zstd'] as const)('are folded with %s and read back', (by) => {
    const many = Array.from({ length: 50 }, (_each, index) =>
      one(`{"text":"much the same each time","n":${String(index)}}`),
    );
    const plain = encodeRecordBatch(many, 7);
    const folded = encodeRecordBatch(many, 7, by);
    expect(folded.length).toBeLessThan(plain.length / 2);
    const read = decodeRecordBatches(folded, 0).records;
    expect(found(read)).toEqual(found(decodeRecordBatches(plain, 0).records));
    expect(read.every(({ timestampMs }) => timestampMs === 7)).toBe(true);
  });

  it('stay as they are where folding saves nothing', () => {
    const short = [one('a')];
    expect(encodeRecordBatch(short, 1, 'zstd')).toEqual(encodeRecordBatch(short, 1));
    const noise = [
      one(
        Buffer.from(Array.from({ length: 2_000 }, (_each, index) => (index * 7919 * 104_729) % 251)).toString('base64'),
      ),
    ];
    expect(values(encodeRecordBatch(noise, 1, 'gzip'))).toEqual(values(encodeRecordBatch(noise, 1)));
  });

  it.each([
    ['snappy', 2],
    ['lz4', 3],
  ])('say that %s is not read', (codec, number) => {
    const batch = encodeRecordBatch([one('a')], 1);
    batch.writeInt16BE(number, 21);
    expect(() => decodeRecordBatches(sealed(batch), 0)).toThrow(codec);
  });

  it('never do anything but be read or be refused, whatever the bytes', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat({ max: 255 }), (written, where, byte) => {
        const batch = encodeRecordBatch(written, 1);
        batch[where % batch.length] = byte;
        for (const damaged of [batch, sealed(batch)]) {
          try {
            decodeRecordBatches(damaged, 0);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^kafka_/u) as unknown });
          }
        }
      }),
    );
  });

  it('are refused when a byte of a value is another than was written', () => {
    const batch = encodeRecordBatch([one('abcdef')], 1);
    batch[batch.indexOf('abcdef') + 2] = 0;
    expect(() => decodeRecordBatches(batch, 0)).toThrow('checksum');
  });

  it('have the first value of a header that is given twice', () => {
    const twice = encodeRecordBatch([{ key: null, value: null, headers: { aa: 'first', ab: 'second' } }], 1);
    twice[twice.indexOf('ab') + 1] = 'a'.charCodeAt(0);
    const [read] = decodeRecordBatches(sealed(twice), 0).records;
    expect({ ...read?.headers }).toEqual({ aa: Buffer.from('first') });
  });

  it.each([
    ['100,000 headers', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`h${String(index)}`, 'v']))],
    ['more than 64 KiB of them', { one: Buffer.alloc(65_536) }],
  ])('come without their headers when they have %s, and at once', (_name, many) => {
    const batch = encodeRecordBatch([{ key: 'k', value: Buffer.from('v'), headers: many }, one('next')], 1);
    const start = performance.now();
    const read = decodeRecordBatches(batch, 0).records;
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(read[0]).toMatchObject({ headers: {}, tooManyHeaders: true, value: Buffer.from('v') });
    expect(read[1]).not.toHaveProperty('tooManyHeaders');
  });
});
