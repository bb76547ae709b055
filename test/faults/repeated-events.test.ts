import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { controlRecord, readDelivery, readFact, TOPICS } from '@signpost/contracts';
import { newId, type ControlChange } from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { hashApiKey } from '@signpost/runtime';
import { freshFolder, freshTopicPrefix, makeTopics, RoleProcess, testKafkaBrokers, until } from '@signpost/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';

jest.setTimeout(600_000);

const API_KEY = 'key-for-tests';
const ROUNDS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 10 : 3;
const EVENTS = 150;
// On a busy machine two processes take their time to start.
const READY_MS = 180_000;

/** Two ingest processes without a database, a source topic, and a matcher that is killed. */
class Intake {
  readonly applicationId = newId('app', Date.now());
  readonly endpointIds = [newId('ep', Date.now()), newId('ep', Date.now())];
  /** Delivery ids by event and endpoint. */
  readonly owed = new Map<string, Set<string>>();
  repeats = 0;

  private constructor(
    readonly source: string,
    private readonly connection: KafkaConnection,
    private readonly sink: KafkaRecordSink,
    private readonly follower: KafkaTopicFollower,
    private readonly producer: Producer,
    readonly ingests: readonly RoleProcess[],
    readonly matcher: RoleProcess,
  ) {}

  static async open(): Promise<Intake> {
    const source = `platform-${freshTopicPrefix()}events`;
    const env = {
      KAFKA_BROKERS: testKafkaBrokers().join(','),
      KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
      KAFKA_PARTITIONS: '3',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
      // Nobody can tell a repeat but the matcher.
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      INGEST_SOURCE_TOPICS: source,
      LOG_LEVEL: 'warn',
    };
    const connection = new KafkaConnection(loadKafkaConfig(env));
    await connection.ensureTopics();
    await makeTopics(testKafkaBrokers(), [{ topic: source, numPartitions: 2 }]);
    const producer = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const folder = freshFolder();
    const start = (role: 'ingest' | 'subscription-matcher') => RoleProcess.start({ role, env, folder });
    const [first, second, matcher] = await Promise.all([
      start('ingest'),
      start('ingest'),
      start('subscription-matcher'),
    ]);
    const parts = [new KafkaRecordSink(connection), new KafkaTopicFollower(connection)] as const;
    const intake = new Intake(source, connection, ...parts, producer, [first, second], matcher);
    await intake.prepare();
    return intake;
  }

  /** @returns the status of the answer */
  async post(index: number, event: object, key?: string): Promise<number> {
    const url = this.ingests[index % this.ingests.length]?.url ?? '';
    const answer = await fetch(`${url}/api/v1/app/${this.applicationId}/msg`, {
      method: 'POST',
      body: JSON.stringify({ eventType: 'a', ...event }),
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    });
    return answer.status;
  }

  async produce(eventId: string, event: string): Promise<void> {
    const headers = {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_source: '/crm',
      ce_type: 'a',
      ce_application: this.applicationId,
    };
    await this.producer.send({
      topic: this.source,
      acks: -1,
      messages: [{ value: JSON.stringify({ event }), headers }],
    });
  }

  /** Whether all that lies in the source topic has become messages. */
  async hasTakenIn(): Promise<boolean> {
    const admin = await this.connection.admin();
    const ends = await admin.fetchTopicOffsets(this.source);
    const [group] = await admin.fetchOffsets({ groupId: this.connection.physical('ingest'), topics: [this.source] });
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, offset]));
    return ends.every(({ partition, high }) => high === '0' || committed.get(partition) === high);
  }

  async close(): Promise<void> {
    await Promise.all([...this.ingests, this.matcher].map((process) => process.stop()));
    await this.producer.disconnect();
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
  }

  private async prepare(): Promise<void> {
    const { applicationId } = this;
    const [organisationId, keyId] = [newId('org', 0), newId('key', 0)];
    const apiKey = { id: keyId, organisationId, version: 1, hash: hashApiKey(API_KEY) };
    await this.put({ kind: 'api-key', id: keyId, version: 1, state: apiKey });
    const application = { id: applicationId, organisationId, version: 1, name: 'a' };
    await this.put({ kind: 'application', id: applicationId, version: 1, state: application });
    for (const id of this.endpointIds) {
      const endpoint = {
        id,
        applicationId,
        version: 1,
        url: 'https://example.com/',
        disabled: false,
        secrets: [],
        retrySchedule: [],
      };
      await this.put({ kind: 'endpoint', id, version: 1, state: endpoint });
    }
    await this.follower.follow(TOPICS.deliveries, ({ headers, value }) => {
      const { event } = JSON.parse(value?.toString() ?? '{}') as { event?: string };
      const { id, endpointId } = readDelivery(headers);
      const key = `${event ?? ''} ${endpointId}`;
      this.owed.set(key, (this.owed.get(key) ?? new Set()).add(id));
    });
    await this.follower.follow(TOPICS.journal, ({ value }) => {
      const fact = readFact(value);
      if (fact.kind === 'matched' && fact.isRepeat === true) this.repeats += 1;
    });
    for (const index of this.ingests.keys()) {
      await until(async () => (await this.post(index, { payload: { event: `known ${String(index)}` } })) === 202, {
        timeoutMs: 30_000,
        what: 'the key to be known',
      });
    }
  }

  private async put(change: ControlChange): Promise<void> {
    await this.sink.append({ topic: TOPICS.control, ...controlRecord(change) });
  }
}

/** One delivery for each endpoint, whichever way its event came, and however often at once. */
describe('an event that comes again', () => {
  let intake: Intake;
  beforeAll(async () => {
    intake = await Intake.open();
  }, 180_000);
  afterAll(() => intake.close());

  /** Waits until each of the events is owed to each endpoint, and returns those that are owed more than once. */
  async function settled(events: readonly string[]): Promise<readonly string[]> {
    const keys = events.flatMap((event) => intake.endpointIds.map((id) => `${event} ${id}`));
    await until(() => keys.every((key) => intake.owed.has(key)), {
      timeoutMs: 60_000,
      what: `${String(events.length)} events to be matched`,
    });
    await until(() => intake.hasTakenIn(), { timeoutMs: 60_000, what: 'the source topic to be read to its end' });
    // What comes after them in every partition has been matched as well: nothing of theirs is still to come.
    const last = Array.from({ length: 30 }, () => randomUUID());
    await Promise.all(last.map((event, index) => intake.post(index, { eventId: event, payload: { event } })));
    const lastKeys = last.flatMap((event) => intake.endpointIds.map((id) => `${event} ${id}`));
    await until(() => lastKeys.every((key) => intake.owed.has(key)), { timeoutMs: 60_000, what: 'the last of them' });
    return keys.filter((key) => (intake.owed.get(key)?.size ?? 0) !== 1);
  }

  it('by HTTP at two processes at once, by its event id or by its Idempotency-Key, is delivered once', async () => {
    const events = Array.from({ length: EVENTS }, (_, index) => `http-${String(index)}`);
    const before = intake.repeats;
    const sends = events.flatMap((event, index) => {
      const byId = index % 2 === 0;
      const [body, key] = byId ? [{ eventId: event, payload: { event } }] : [{ payload: { event } }, randomUUID()];
      return [0, 1, 0].map((process) => intake.post(process, body, key));
    });
    expect(new Set(await Promise.all(sends))).toEqual(new Set([202]));
    expect(await settled(events)).toEqual([]);
    expect(intake.repeats - before).toBe(2 * EVENTS);
  });

  it('twice from Kafka, and by HTTP as well, is delivered once', async () => {
    const events = Array.from({ length: EVENTS }, (_, index) => `kafka-${String(index)}`);
    const before = intake.repeats;
    const again = async (event: string, index: number): Promise<void> => {
      if (index % 2 === 0) await intake.produce(event, event);
      else expect(await intake.post(index, { eventId: event, payload: { event } })).toBe(202);
    };
    await Promise.all(events.flatMap((event, index) => [intake.produce(event, event), again(event, index)]));
    expect(await settled(events)).toEqual([]);
    expect(intake.repeats - before).toBe(EVENTS);
  });

  it('while the matcher and an ingest are killed, is delivered once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const events = Array.from({ length: EVENTS }, (_, index) => `killed-${String(round)}-${String(index)}`);
      await Promise.all(events.map((event) => intake.produce(event, event)));
      const someKnown = (): boolean =>
        events.some((event) => intake.owed.has(`${event} ${intake.endpointIds[0] ?? ''}`));
      await until(someKnown, { timeoutMs: 60_000, everyMs: 1, what: 'the first of them to be matched' });
      const killed = [intake.matcher, ...(round % 2 === 0 ? [] : intake.ingests.slice(0, 1))];
      await Promise.all(killed.map((process) => process.kill()));
      await Promise.all(events.map((event) => intake.produce(event, event)));
      await Promise.all(killed.map((process) => process.spawn()));
      for (const process of killed) await process.ready(READY_MS);
      const again = events.map((event, index) => intake.post(index, { eventId: event, payload: { event } }));
      expect(new Set(await Promise.all(again))).toEqual(new Set([202]));
      expect(await settled(events)).toEqual([]);
    }
  });
});
