import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { KafkaBacklogs, KafkaConnection, loadKafkaConfig, type KafkaBacklogWatcher } from '@signpost/kafka';
import type { GroupBacklog, GroupRead, RecordBatch } from '@signpost/ports';
import { freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';
import { openKafka, testEnvironment, type KafkaUnderTest } from './kafka-under-test.js';

const WITHIN = { timeoutMs: 30_000, everyMs: 20 } as const;
const MESSAGES: GroupRead = { group: 'matcher', topic: TOPICS.messages };
const BULK: GroupRead = { group: 'matcher', topic: TOPICS.messagesBulk };

describe('the backlog of consumer groups', () => {
  let kafka: KafkaUnderTest;
  const open: KafkaBacklogWatcher[] = [];
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(async () => {
    for (const watcher of open.splice(0)) watcher.close();
    await kafka.close();
  });

  function watch(...reads: readonly GroupRead[]): KafkaBacklogWatcher {
    const watcher = new KafkaBacklogs(kafka.connection).watch(reads);
    open.push(watcher);
    return watcher;
  }
  const append = (key: string, topic: 'messages' | 'messages.bulk' = TOPICS.messages) =>
    kafka.sink.append({ topic, key, value: Buffer.from(key) });
  const join = (handler: (batch: RecordBatch) => void | Promise<void>) =>
    kafka.join({ group: 'matcher', topics: [TOPICS.messages, TOPICS.messagesBulk], handler });
  const doAll = ({ records, done }: RecordBatch): void => {
    for (const { offset } of records) done(offset);
  };

  /** A broker that nobody has asked yet takes a moment to make the topic in which groups commit. */
  const look = (watcher: KafkaBacklogWatcher) => until(() => watcher.look(), { ...WITHIN, what: 'the first look' });

  async function seen(watcher: KafkaBacklogWatcher, fits: (one: GroupBacklog) => boolean): Promise<GroupBacklog> {
    let last: GroupBacklog | undefined;
    await until(
      async () => {
        last = (await watcher.look()).backlogs[0];
        return last !== undefined && fits(last);
      },
      { ...WITHIN, what: 'the look that is waited for' },
    );
    if (last === undefined) throw new Error('unreachable');
    return last;
  }

  it('of one that never committed is all that the log holds, and as old as its first record', async () => {
    const since = Date.now();
    for (let n = 0; n < 12; n += 1) await append(`key-${String(n)}`);
    const done = Date.now();
    const { backlogs } = await look(watch(MESSAGES, BULK));
    expect(backlogs).toMatchObject([
      { group: 'matcher', topic: 'messages', records: 12 },
      { group: 'matcher', topic: 'messages.bulk', records: 0, oldestAtMs: undefined, settledOldestAtMs: undefined },
    ]);
    expect(backlogs[0]?.oldestAtMs).toBeGreaterThanOrEqual(since);
    expect(backlogs[0]?.oldestAtMs).toBeLessThanOrEqual(done);
    expect(backlogs[0]?.settledOldestAtMs).toBe(backlogs[0]?.oldestAtMs);
  });

  it('rises while the group is away, and is gone once it has caught up', async () => {
    const member = await join(doAll);
    const watcher = watch(MESSAGES, BULK);
    await append('before');
    await seen(watcher, ({ records }) => records === 0);
    await member.close();
    const awaySince = Date.now();
    await append('meanwhile');
    await append('meanwhile');
    const first = await seen(watcher, ({ records }) => records === 2);
    // As it came since the look before: when exactly is reckoned.
    expect(first.oldestAtMs).toBeGreaterThan(awaySince - 10_000);
    expect(first.settledOldestAtMs).toBeUndefined();
    const second = await seen(watcher, ({ settledOldestAtMs }) => settledOldestAtMs !== undefined);
    expect(second.oldestAtMs).toBeGreaterThanOrEqual(awaySince);
    await join(doAll);
    const last = await seen(watcher, ({ records }) => records === 0);
    expect(last.oldestAtMs).toBeUndefined();
  });

  it('begins with the lowest record that is not done, though what follows it is', async () => {
    const held: (() => void)[] = [];
    await join(({ records, done }) => {
      for (const { offset, value } of records) {
        if (value?.toString() === 'held') held.push(() => done(offset));
        else done(offset);
      }
    });
    await kafka.sink.append({ topic: TOPICS.messages, key: 'key', value: Buffer.from('held') });
    for (let n = 0; n < 5; n += 1)
      await kafka.sink.append({ topic: TOPICS.messages, key: 'key', value: Buffer.from('done') });
    await until(() => held.length > 0, { ...WITHIN, what: 'the record that is held' });
    const watcher = watch(MESSAGES);
    expect((await watcher.look()).backlogs[0]?.records).toBe(6);
    held[0]?.();
    await seen(watcher, ({ records }) => records === 0);
  });

  it('counts nothing that was deleted before it was read', async () => {
    for (let n = 0; n < 5; n += 1) await append('key');
    const partition = kafka.sink.partitionOf(TOPICS.messages, 'key');
    const admin = await kafka.connection.admin();
    const watcher = watch(MESSAGES);
    expect((await look(watcher)).backlogs[0]?.records).toBe(5);
    await admin.deleteTopicRecords({
      topic: kafka.connection.physical(TOPICS.messages),
      partitions: [{ partition, offset: '3' }],
    });
    expect((await watcher.look()).backlogs[0]?.records).toBe(2);
  });

  it('tells of all sources of the platform as of one, and of none that is not there yet', async () => {
    const admin = await kafka.connection.admin();
    const [full = '', empty = '', missing = ''] = ['full', 'empty', 'missing'].map((name) => freshTopicPrefix() + name);
    await admin.createTopics({
      topics: [full, empty].map((topic) => ({ topic, numPartitions: 1 })),
      waitForLeaders: true,
    });
    const producer = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: full, messages: [{ value: 'one' }, { value: 'two' }] });
    await producer.disconnect();
    const watcher = watch(...[full, empty, missing].map((source): GroupRead => ({ group: 'ingest', source })));
    const { backlogs, retentionMs } = await look(watcher);
    expect(backlogs).toMatchObject([{ group: 'ingest', topic: 'source', records: 2 }]);
    expect(retentionMs).toEqual([{ topic: 'source', ms: 604_800_000 }]);
  });

  it('costs a question to each group, two to each broker, and a read of each partition that stands, once', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `key-${String(n)}`);
    const watcher = watch(MESSAGES, BULK, { group: 'recorder', topic: TOPICS.messages });
    await look(watcher);
    const costOf = async (): Promise<number> => {
      const before = watcher.asked;
      await watcher.look();
      return watcher.asked - before;
    };
    // Nothing waits: two groups, and where the logs of the one broker end.
    expect(await costOf()).toBe(3);
    for (const key of keys) await append(key);
    const partitions = new Set(keys.map((key) => kafka.sink.partitionOf(TOPICS.messages, key))).size;
    // What came since the look before is not read.
    expect(await costOf()).toBe(3);
    expect(await costOf()).toBe(4 + partitions);
    expect(await costOf()).toBe(4);
  });

  it('says for how long Kafka keeps each topic, as it is set there', async () => {
    const { retentionMs } = await look(watch(MESSAGES, { group: 'parked-sweep', topic: TOPICS.parked }));
    expect(retentionMs).toEqual([
      { topic: 'messages', ms: 604_800_000 },
      { topic: 'deliveries.parked', ms: 1_209_600_000 },
    ]);
  });

  it('is not told while no broker answers', async () => {
    const away = new KafkaConnection(loadKafkaConfig(testEnvironment(['127.0.0.1:1'])));
    const watcher = new KafkaBacklogs(away).watch([MESSAGES]);
    await expect(watcher.look()).rejects.toMatchObject({ code: 'kafka_connection_lost' });
    watcher.close();
    await away.close();
  });
});
