import { describe, expect, it } from '@jest/globals';
import { AssignedPartition } from './assigned-partition.js';
import { Backpressure } from './backpressure.js';
import { OffsetWindow } from './offset-window.js';

const NAMES = ['messages', 'messages.bulk'] as const;

/** Two topics of two partitions each, of which the second may hold ten records. */
function setup() {
  const partitions = NAMES.flatMap((name) =>
    [0, 1].map((number) => new AssignedPartition(name, name, number, new OffsetWindow(0))),
  );
  const limits = { byTopic: { 'messages.bulk': { records: 10, bytes: 1_000 } } };
  const pressure = new Backpressure(() => partitions, { pause: () => undefined }, limits);
  const paused = (): readonly string[] =>
    partitions.filter((one) => one.paused).map(({ topic, partition }) => `${topic}/${String(partition)}`);
  const [, , bulk, otherBulk] = partitions;
  if (bulk === undefined || otherBulk === undefined) throw new Error('there are four');
  const grow = (partition: AssignedPartition, count: number, bytes = 0): void => {
    const first = partition.readFrom ?? 0;
    const records = Array.from({ length: count }, (_, index) => ({
      offset: first + index,
      timestampMs: 0,
      key: null,
      value: Buffer.alloc(bytes),
      headers: {},
    }));
    partition.take(first, { records, nextOffset: first + count, bytes: count * bytes });
    pressure.grew(partition, false);
  };
  return { partitions, pressure, paused, bulk, otherBulk, grow };
}

describe('Backpressure of one topic', () => {
  it('stops all its partitions, and none of another topic', () => {
    const { paused, bulk, otherBulk, grow } = setup();
    grow(bulk, 5);
    expect(paused()).toEqual([]);
    grow(otherBulk, 5);
    expect(paused()).toEqual(['messages.bulk/0', 'messages.bulk/1']);
  });

  it('counts bytes as well', () => {
    const { paused, bulk, grow } = setup();
    grow(bulk, 2, 500);
    expect(paused()).toEqual(['messages.bulk/0', 'messages.bulk/1']);
  });

  it('goes on below half, and remembers through an assignment', () => {
    const { pressure, paused, bulk, otherBulk, grow, partitions } = setup();
    grow(bulk, 5);
    grow(otherBulk, 5);
    for (const partition of partitions) partition.paused = false;
    pressure.reset();
    expect(paused()).toHaveLength(2);
    const window = bulk.take(5, { records: [], nextOffset: 5, bytes: 0 }).window;
    for (let offset = 0; offset < 5; offset += 1) {
      bulk.done(window, offset, 0);
      pressure.shrank(bulk);
    }
    expect(paused()).toHaveLength(2);
    const other = otherBulk.take(5, { records: [], nextOffset: 5, bytes: 0 }).window;
    otherBulk.done(other, 0, 0);
    pressure.shrank(otherBulk);
    expect(paused()).toEqual([]);
  });
});
