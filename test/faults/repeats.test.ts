import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { controlRecord, readMessage, TOPICS } from '@signpost/contracts';
import { newId, type ControlChange } from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { loadPostgresConfig, migrate } from '@signpost/postgres';
import { hashApiKey } from '@signpost/runtime';
import {
  freshDatabase,
  freshFolder,
  freshTopicPrefix,
  query,
  RoleProcess,
  startKafka,
  until,
  type EmbeddedKafka,
} from '@signpost/testing';
import pg from 'pg';

jest.setTimeout(300_000);

const API_KEY = 'key-for-tests';

/** Two ingest processes, of which one is killed at the worst moments; a broker that can be paused, and a database. */
class Intake {
  readonly applicationId = newId('app', Date.now());
  readonly produced: ReturnType<typeof readMessage>[] = [];

  private constructor(
    readonly databaseUrl: string,
    readonly kafka: EmbeddedKafka,
    private readonly connection: KafkaConnection,
    private readonly sink: KafkaRecordSink,
    private readonly follower: KafkaTopicFollower,
    readonly first: RoleProcess,
    readonly second: RoleProcess,
  ) {}

  static async open(): Promise<Intake> {
    const [kafka, databaseUrl] = await Promise.all([startKafka({ dataFolder: freshFolder() }), freshDatabase()]);
    await migrate(loadPostgresConfig({ DATABASE_URL: databaseUrl }));
    const env = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
      KAFKA_PARTITIONS: '2',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
      DATABASE_URL: databaseUrl,
      // Longer than any stall here.
      INGEST_ACK_TIMEOUT_MS: '60000',
      LOG_LEVEL: 'warn',
    };
    const connection = new KafkaConnection(loadKafkaConfig(env));
    await connection.ensureTopics();
    const folder = freshFolder();
    const start = () => RoleProcess.start({ role: 'ingest', env, folder });
    const [first, second] = await Promise.all([start(), start()]);
    const sink = new KafkaRecordSink(connection);
    const follower = new KafkaTopicFollower(connection);
    const intake = new Intake(databaseUrl, kafka, connection, sink, follower, first, second);
    const organisationId = newId('org', 0);
    const [keyId, { applicationId }] = [newId('key', 0), intake];
    await intake.put({
      kind: 'api-key',
      id: keyId,
      version: 1,
      state: { id: keyId, organisationId, version: 1, hash: hashApiKey(API_KEY) },
    });
    await intake.put({
      kind: 'application',
      id: applicationId,
      version: 1,
      state: { id: applicationId, organisationId, version: 1, name: 'a' },
    });
    await follower.follow(TOPICS.messages, (record) => intake.produced.push(readMessage(record)));
    for (const { url } of [first, second]) {
      await until(async () => (await intake.post(url, { eventType: 'a', payload: {} })).status === 202, {
        timeoutMs: 30_000,
        what: 'the key to be known',
      });
    }
    return intake;
  }

  async post(url: string, body: object, key?: string): Promise<{ status: number; id: string }> {
    const answer = await fetch(`${url}/api/v1/app/${this.applicationId}/msg${'data' in body ? '/batch' : ''}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    });
    return { status: answer.status, id: ((await answer.json()) as { id?: string }).id ?? '' };
  }

  of(payload: object): readonly ReturnType<typeof readMessage>[] {
    return this.produced.filter((message) => message.payload.toString() === JSON.stringify(payload));
  }

  async close(): Promise<void> {
    this.kafka.resume();
    await Promise.all([this.first.stop(), this.second.stop()]);
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
    await this.kafka.stop();
  }

  private async put(change: ControlChange): Promise<void> {
    await this.sink.append({ topic: TOPICS.control, ...controlRecord(change) });
  }
}

/** Promises 1 and 6 where HTTP clients send again what a killed process may have taken in. */
describe('a message that is sent again after kill -9', () => {
  let intake: Intake;
  beforeAll(async () => {
    intake = await Intake.open();
  }, 180_000);
  afterAll(() => intake.close());

  const reserved = async (eventId: string): Promise<Record<string, unknown> | undefined> =>
    (await query(intake.databaseUrl, `SELECT message_id, confirmed FROM event_ids WHERE event_id = '${eventId}'`))[0];
  const untilReserved = (eventId: string) =>
    until(async () => (await reserved(eventId)) !== undefined, { timeoutMs: 20_000, what: 'the reservation' });

  it('between reservation and Kafka is accepted under the reserved id, and then refused', async () => {
    const { first, second, kafka } = intake;
    const [eventId, payload] = [randomUUID(), { of: 'before Kafka' }];
    const message = { eventType: 'a', payload, eventId };
    kafka.pause();
    const lost = intake.post(first.url, message).catch(() => 'lost');
    await untilReserved(eventId);
    await first.kill();
    kafka.resume();
    expect(await lost).toBe('lost');
    const again = await intake.post(second.url, message);
    expect(again).toEqual({ status: 202, id: (await reserved(eventId))?.['message_id'] });
    expect(await reserved(eventId)).toMatchObject({ confirmed: true });
    await first.restart();
    expect((await intake.post(first.url, message)).status).toBe(409);
    await until(() => intake.of(payload).length > 0, { timeoutMs: 20_000, what: 'the message' });
    expect(new Set(intake.of(payload).map(({ id }) => id))).toEqual(new Set([again.id]));
  });

  it('between Kafka and confirmation is produced again under the same id', async () => {
    const { first, second } = intake;
    const [eventId, payload] = [randomUUID(), { of: 'after Kafka' }];
    const message = { eventType: 'a', payload, eventId };
    const lost = withoutChange(
      intake,
      { table: 'event_ids', when: `NEW.confirmed AND NEW.event_id = '${eventId}'` },
      () => intake.post(first.url, message),
      async () => {
        await until(() => intake.of(payload).length === 1, { timeoutMs: 20_000, what: 'the message in Kafka' });
        await first.kill();
      },
    );
    expect(await lost).toBe('lost');
    expect(await reserved(eventId)).toMatchObject({ confirmed: false });
    const again = await intake.post(second.url, message);
    expect(again.status).toBe(202);
    await until(() => intake.of(payload).length === 2, { timeoutMs: 20_000, what: 'the message a second time' });
    expect(new Set(intake.of(payload).map(({ id }) => id))).toEqual(new Set([again.id]));
    expect((await intake.post(second.url, message)).status).toBe(409);
    await first.restart();
  });

  it('between Kafka and the answer to its Idempotency-Key comes under the same id', async () => {
    const { first, second } = intake;
    const [key, payload] = [randomUUID(), { of: 'answered' }];
    const message = { eventType: 'a', payload };
    const lost = withoutChange(
      intake,
      { table: 'idempotency_keys', when: 'NEW.status IS NOT NULL' },
      () => intake.post(first.url, message, key),
      async () => {
        await until(() => intake.of(payload).length === 1, { timeoutMs: 20_000, what: 'the message in Kafka' });
        await first.kill();
      },
    );
    expect(await lost).toBe('lost');
    const again = await intake.post(second.url, message, key);
    expect(again.status).toBe(202);
    await until(() => intake.of(payload).length === 2, { timeoutMs: 20_000, what: 'the message a second time' });
    expect(new Set(intake.of(payload).map(({ id }) => id))).toEqual(new Set([again.id]));
    await first.restart();
  });

  it('with an Idempotency-Key alone comes under the same id', async () => {
    const { first, second, kafka } = intake;
    const [key, payload] = [randomUUID(), { of: 'keyed' }];
    const message = { eventType: 'a', payload };
    kafka.pause();
    const before = Number((await query(intake.databaseUrl, 'SELECT count(*) FROM idempotency_keys'))[0]?.['count']);
    const lost = intake.post(first.url, message, key).catch(() => 'lost');
    await until(
      async () =>
        Number((await query(intake.databaseUrl, 'SELECT count(*) FROM idempotency_keys'))[0]?.['count']) > before,
      { timeoutMs: 20_000, what: 'the key to be held' },
    );
    // A produce request that the broker has not read yet may still be written: then both have one id.
    await first.kill();
    kafka.resume();
    expect(await lost).toBe('lost');
    const again = await intake.post(second.url, message, key);
    expect(again.status).toBe(202);
    expect(await intake.post(second.url, message, key)).toEqual(again);
    await until(() => intake.of(payload).length > 0, { timeoutMs: 20_000, what: 'the message' });
    expect(new Set(intake.of(payload).map(({ id }) => id))).toEqual(new Set([again.id]));
    await first.restart();
  });

  it('in a batch is accepted whole, each under the id that it had', async () => {
    const { first, second, kafka } = intake;
    const ids = Array.from({ length: 5 }, () => randomUUID());
    const data = ids.map((eventId, index) => ({ eventType: 'a', payload: { of: 'batch', index, eventId }, eventId }));
    kafka.pause();
    const lost = intake.post(first.url, { data }).catch(() => 'lost');
    await untilReserved(ids[4] ?? '');
    const before = await Promise.all(ids.map(reserved));
    await first.kill();
    kafka.resume();
    expect(await lost).toBe('lost');
    expect((await intake.post(second.url, { data })).status).toBe(202);
    expect(await Promise.all(ids.map(reserved))).toEqual(before.map((row) => ({ ...row, confirmed: true })));
    await first.restart();
  });

  it('at once to two processes, while one is killed, leads to one id', async () => {
    const { first, second } = intake;
    for (let round = 0; round < 5; round += 1) {
      const [eventId, payload] = [randomUUID(), { of: 'both', round }];
      const message = { eventType: 'a', payload, eventId };
      const sent = Array.from({ length: 20 }, (_, index) =>
        intake.post(index % 2 === 0 ? first.url : second.url, message).catch(() => undefined),
      );
      await first.kill();
      await Promise.all(sent);
      const last = await intake.post(second.url, message);
      expect([202, 409]).toContain(last.status);
      await until(() => intake.of(payload).length > 0, { timeoutMs: 20_000, what: 'the message' });
      expect(new Set(intake.of(payload).map(({ id }) => id)).size).toBe(1);
      await first.restart();
    }
  });
});

/** While a message is sent no such change takes effect: each is held up, and then lost. */
async function withoutChange(
  { databaseUrl }: Intake,
  { table, when }: { readonly table: string; readonly when: string },
  send: () => Promise<unknown>,
  meanwhile: () => Promise<void>,
): Promise<unknown> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep (1.5); RETURN NULL; END $$`,
    );
    await client.query(
      `CREATE TRIGGER hold BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION hold()`,
    );
    const sent = send().catch(() => 'lost');
    await meanwhile();
    return await sent;
  } finally {
    await client.query(`DROP TRIGGER IF EXISTS hold ON ${table}`);
    await client.query('DROP FUNCTION IF EXISTS hold');
    await client.end();
  }
}
