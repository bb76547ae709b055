import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { until } from '@signpost/testing';
import type { RecordBatch } from '@signpost/ports';
import { partitionAssigner } from '../../../libs/kafka/src/consumer/partition-assigner.js';
import { openKafka, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';

const TOPIC = TOPICS.deliveries;
const WAIT = { timeoutMs: 30_000 };

describe('a rebalance', () => {
  let kafka: KafkaUnderTest;
  const bare: Consumer[] = [];
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(async () => {
    await Promise.all(bare.splice(0).map((consumer) => consumer.disconnect()));
    await kafka.close();
  });

  const produce = (count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        kafka.sink.append({ topic: TOPIC, key: `key-${String(index)}`, value: Buffer.from(String(index)) }),
      ),
    );
  const committed = async (): Promise<ReadonlyMap<number, number>> => {
    const admin = await kafka.connection.admin();
    const topic = kafka.connection.physical(TOPIC);
    const offsets = await admin.fetchOffsets({ groupId: kafka.connection.physical('g'), topics: [topic] });
    return new Map(
      offsets.flatMap(({ partitions }) => partitions.map((p) => [p.partition, Number(p.offset)] as const)),
    );
  };

  it('ends the old owner’s say: what it finishes late is not committed, and the new owner does it', async () => {
    await produce(120);
    const held: RecordBatch[] = [];
    let commits = 0;
    await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: (batch) => void held.push(batch),
      metrics: { commit: () => commits++ },
    });
    await until(() => held.flatMap(({ records }) => records).length >= 120, { ...WAIT, what: 'all records' });

    const seen = new Map<number, number[]>();
    await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: ({ lease, records }) =>
        void seen.set(lease.partition, [...(seen.get(lease.partition) ?? []), ...records.map(({ offset }) => offset)]),
    });
    await until(() => seen.size === 3, { ...WAIT, what: 'the newcomer to read its half' });

    // The old owner finishes everything, its own partitions' and the others'.
    const before = commits;
    for (const { records, done } of held) for (const { offset } of records) done(offset);
    await until(() => commits > before, { ...WAIT, what: 'a commit of the old owner' });
    const offsets = await committed();
    for (const [partition, mine] of seen) {
      expect(mine[0]).toBe(0);
      expect(offsets.get(partition)).toBeLessThanOrEqual(0);
    }
    const lost = held.filter(({ lease }) => lease.lost);
    expect(new Set(lost.map(({ lease }) => lease.partition))).toEqual(new Set(seen.keys()));
    const kept = [...offsets].filter(([partition]) => !seen.has(partition));
    expect(kept.every(([, offset]) => offset > 0)).toBe(true);
  });

  it('leaves a partition that stays with its owner alone: nothing of it is handed out again', async () => {
    await produce(120);
    const handed: string[] = [];
    const held: RecordBatch[] = [];
    await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: (batch) => {
        held.push(batch);
        for (const { offset } of batch.records) handed.push(`${String(batch.lease.partition)}:${String(offset)}`);
        // Every second one, so that what is committed is not the end.
        for (const { offset } of batch.records) if (offset % 2 === 1) batch.done(offset);
      },
    });
    await until(() => handed.length >= 120, { ...WAIT, what: 'all records' });
    const settle = async (): Promise<void> => {
      let last = '';
      await until(
        async () => {
          const now = JSON.stringify([...(await committed())]);
          const same = now === last;
          last = now;
          return same;
        },
        { ...WAIT, everyMs: 300, what: 'the commits to be made' },
      );
    };
    await settle();
    const other = await kafka.join({ group: 'g', topics: [TOPIC], graceMs: 0, handler: () => undefined });
    await until(() => held.some(({ lease }) => lease.lost), { ...WAIT, what: 'the rebalance' });
    const stayed = held.filter(({ lease }) => !lease.lost);
    expect(stayed.length).toBeGreaterThan(0);
    await produce(60);
    await until(() => handed.length > 130, { ...WAIT, what: 'the next records' });
    for (const { lease } of stayed) {
      const mine = handed.filter((at) => at.startsWith(`${String(lease.partition)}:`));
      expect(new Set(mine).size).toBe(mine.length);
      expect(lease.lost).toBe(false);
    }
    await other.close();
  });

  it('keeps nothing from being committed that is done while it waits for a member', async () => {
    // A member that says little and so hears of the newcomer late: until then the others finish much.
    const raw = await import('kafkajs');
    const client = new raw.Kafka({ brokers: [...kafka.connection.config.brokers], logLevel: raw.logLevel.NOTHING });
    const groupId = kafka.connection.physical('g');
    const late = client.consumer({
      groupId,
      heartbeatInterval: 5_000,
      maxWaitTimeInMs: 5_000,
      partitionAssigners: [partitionAssigner(() => [])],
    });
    bare.push(late);
    await late.connect();
    await late.subscribe({ topic: kafka.connection.physical(TOPIC), fromBeginning: true });
    const held: RecordBatch[] = [];
    let commits = 0;
    const member = await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: (batch) => void held.push(batch),
      metrics: { commit: (outcome) => (commits += outcome === 'committed' ? 1 : 0) },
    });
    const memberClient = member.unwrap<Consumer>();
    let joins = 0;
    let rebalancing = false;
    memberClient.on(memberClient.events.GROUP_JOIN, () => {
      joins++;
      rebalancing = false;
    });
    memberClient.on(memberClient.events.REBALANCING, () => (rebalancing = true));
    await late.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
    await produce(120);
    await until(() => held.flatMap(({ records }) => records).length >= 40, { ...WAIT, what: 'records of its half' });
    // The generation is known once something is committed in it.
    for (const { records, done } of held) done(records[0]?.offset ?? 0);
    await until(() => commits > 0, { ...WAIT, what: 'the first commit' });
    const newcomer = kafka.join({ group: 'g', topics: [TOPIC], graceMs: 0, handler: () => undefined });
    await until(() => rebalancing, { ...WAIT, what: 'the rebalance' });
    const before = joins;

    const ends = new Map<number, number>();
    for (const { lease, records, done } of held) {
      for (const { offset } of records) {
        done(offset);
        ends.set(lease.partition, offset + 1);
      }
    }
    await until(
      async () => {
        const offsets = await committed();
        return [...ends].every(([partition, end]) => offsets.get(partition) === end);
      },
      { ...WAIT, what: 'a commit' },
    );
    expect(joins).toBe(before);
    await newcomer;
  });

  it('makes the broker take a commit from whoever asks, owner or not', async () => {
    // Why the loop above has to fence by itself: the reproduction with the bare client.
    const raw = await import('kafkajs');
    const client = new raw.Kafka({ brokers: [...kafka.connection.config.brokers], logLevel: raw.logLevel.NOTHING });
    const topic = kafka.connection.physical(TOPIC);
    const groupId = kafka.connection.physical('bare');
    const join = async (): Promise<{ consumer: ReturnType<typeof client.consumer>; mine: () => readonly number[] }> => {
      const consumer = client.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 500 });
      let mine: readonly number[] = [];
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        mine = payload.memberAssignment[topic] ?? [];
      });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
      return { consumer, mine: () => mine };
    };
    const a = await join();
    await until(() => a.mine().length === 6, { ...WAIT, what: 'the first member' });
    const b = await join();
    await until(() => a.mine().length === 3 && b.mine().length === 3, { ...WAIT, what: 'the second member' });
    const partition = b.mine()[0] ?? 0;
    await b.consumer.commitOffsets([{ topic, partition, offset: '9' }]);
    await a.consumer.commitOffsets([{ topic, partition, offset: '3' }]);
    const admin = await kafka.connection.admin();
    const offsets = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(offsets[0]?.partitions.find((each) => each.partition === partition)?.offset).toBe('3');
    await Promise.all([a.consumer.disconnect(), b.consumer.disconnect()]);
  });
});
