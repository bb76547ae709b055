import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { openKafka, type KafkaUnderTest } from './kafka-under-test.js';

const TOPIC = TOPICS.journal;
const RECORDS = 100;

describe('a group that nobody waits for', () => {
  let kafka: KafkaUnderTest;
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(() => kafka.close());

  const batchesOf = async (group: string, gatherMs?: number): Promise<{ batches: number; records: number }> => {
    const seen = { batches: 0, records: 0 };
    await kafka.join({
      group,
      topics: [TOPIC],
      ...(gatherMs === undefined ? {} : { gatherMs }),
      handler: ({ records, done }) => {
        seen.batches += 1;
        seen.records += records.length;
        for (const { offset } of records) done(offset);
      },
    });
    return seen;
  };

  it('has records gather at the broker while they keep coming, and misses none', async () => {
    const [prompt, gathering] = [await batchesOf('prompt'), await batchesOf('gathering', 200)];
    // One after another, each acknowledged before the next: a prompt reader sees most of them alone.
    for (let value = 0; value < RECORDS; value++)
      await kafka.sink.append({ topic: TOPIC, key: 'same', value: Buffer.from(String(value)) });
    await until(() => prompt.records >= RECORDS && gathering.records >= RECORDS, { timeoutMs: 30_000, what: 'all' });
    expect(gathering.records).toBe(RECORDS);
    expect(gathering.batches * 2).toBeLessThan(prompt.batches);
  });
});
