import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  encodeFact,
  messageHeaders,
  messageKey,
  readDelivery,
  readFact,
  TOPICS,
  type AttemptFact,
  type MessageRecord,
  type RecoveryOut,
  type RecoveryRecordOut,
} from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { freshDatabase, freshTopicPrefix, query, testKafkaBrokers, until, type DeployedRole } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

const IS_FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
const DEAD_LETTERS = IS_FULL ? 20_000 : 1_500;
const KILLS = IS_FULL ? 5 : 1;
const PER_SECOND = Math.ceil(DEAD_LETTERS / 6);

jest.setTimeout(400_000);

/** Promise 1 for what is asked for again: kill -9 any of those who take part, and every dead letter arrives once more. */
describe('kill -9 in the middle of a recovery skips no dead letter', () => {
  let scene: Scene;
  let sink: KafkaRecordSink;
  let connection: KafkaConnection;
  let follower: KafkaTopicFollower;
  let databaseUrl: Promise<string>;
  /** By delivery and redelivery: how often it was handed over, and its fates. */
  const handed = new Map<string, number>();
  const owed = new Set<string>();
  const fates = new Map<string, Set<string>>();

  beforeAll(async () => {
    databaseUrl = freshDatabase();
    const topicPrefix = freshTopicPrefix();
    scene = await openScene({
      databaseUrl: await databaseUrl,
      topicPrefix,
      roles: ['api', 'recorder', 'retry-scheduler', 'dispatcher'],
      env: { RECOVER_PER_SECOND: String(PER_SECOND) },
    });
    connection = new KafkaConnection(
      loadKafkaConfig({
        KAFKA_BROKERS: testKafkaBrokers().join(','),
        KAFKA_TOPIC_PREFIX: topicPrefix,
        KAFKA_PARTITIONS: '4',
        KAFKA_REPLICATION: '1',
        KAFKA_MIN_INSYNC_REPLICAS: '1',
      }),
    );
    sink = new KafkaRecordSink(connection);
    follower = new KafkaTopicFollower(connection);
    await follower.follow(TOPICS.returning, ({ headers }) => {
      const { id, redelivery, handOver } = readDelivery(headers);
      if (handOver === undefined || redelivery === undefined) return;
      const key = `${id} ${String(redelivery.number)}`;
      handed.set(key, (handed.get(key) ?? 0) + 1);
    });
    await follower.follow(TOPICS.journal, ({ value }) => {
      const fact = readFact(value);
      if (fact.kind === 'matched' || fact.kind === 'endpoint' || fact.redelivery === undefined) return;
      const key = `${fact.deliveryId} ${String(fact.redelivery)}`;
      if (fact.kind === 'redelivered') owed.add(key);
      else if ('fate' in fact) fates.set(key, (fates.get(key) ?? new Set()).add(fact.fate));
    });
  });
  afterAll(async () => {
    await follower.close();
    await sink.close();
    await connection.close();
    await scene.end();
  });

  /** An endpoint of its own at the receiver, with that many dead letters. */
  async function broken(): Promise<{ readonly endpoint: EndpointId; readonly messages: readonly MessageRecord[] }> {
    const { deployment, receiver, application } = scene;
    const made = await deployment.call<{ id: EndpointId }>('POST', `/api/v1/app/${application}/endpoint`, {
      url: receiver.url,
    });
    const secret = await deployment.call<{ key: string }>(
      'GET',
      `/api/v1/app/${application}/endpoint/${made.id}/secret`,
    );
    receiver.verifyWith(secret.key);
    const nowMs = Date.now() - 60_000;
    const messages = Array.from({ length: DEAD_LETTERS }, (_, at): MessageRecord => {
      const acceptedAtMs = nowMs + at;
      const id = newId('msg', acceptedAtMs);
      const payload = Buffer.from(`{"type":"message.received","timestamp":"x","data":{"at":${String(at)}}}`);
      return { id, applicationId: application as ApplicationId, eventType: 'message.received', acceptedAtMs, payload };
    });
    for (const message of messages) {
      void sink.append({
        topic: TOPICS.messages,
        key: messageKey(message),
        value: message.payload,
        headers: messageHeaders(message),
      });
      void sink.append({ topic: TOPICS.journal, key: made.id, value: encodeFact(death(message, made.id)) });
    }
    await until(
      async () => {
        const [row] = await query(
          await databaseUrl,
          `SELECT count(*)::int AS count FROM deliveries d JOIN messages m ON m.id = d.message_id
           WHERE d.endpoint_id = '${made.id}' AND d.state = 'dead-lettered'`,
        );
        return Number(row?.['count']) === DEAD_LETTERS;
      },
      { timeoutMs: 60_000, everyMs: 100, what: 'the dead letters to be recorded' },
    );
    return { endpoint: made.id, messages };
  }

  const death = (message: MessageRecord, endpointId: EndpointId): AttemptFact => ({
    kind: 'attempt',
    deliveryId: deliveryIdOf(message.id, endpointId),
    messageId: message.id,
    applicationId: message.applicationId,
    endpointId,
    eventType: message.eventType,
    atMs: message.acceptedAtMs,
    attemptId: newId('atmpt', message.acceptedAtMs),
    attempt: 1,
    url: 'https://example.com/',
    outcome: 'failed',
    reason: 'http:500',
    status: 500,
    timing: { totalMs: 1 },
    trigger: 'scheduled',
    fate: 'dead-lettered',
    deadLetterReason: 'attempts-exhausted',
  });

  /** Lets the note of a batch that is handed over wait, once it is told to: the process then dies between the two. */
  async function prepareToHoldNotes(): Promise<void> {
    const url = await databaseUrl;
    for (const statement of [
      // Else the database would finish what a dead process had begun.
      `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET client_connection_check_interval = 20`,
      'CREATE TABLE held ()',
      `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
         WHILE EXISTS (SELECT FROM held) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NEW; END'`,
      `CREATE TRIGGER hold BEFORE UPDATE ON recoveries FOR EACH ROW WHEN (NEW.confirmed > OLD.confirmed)
         EXECUTE FUNCTION hold()`,
    ]) {
      await query(url, statement);
    }
  }

  /** Between a batch's hand-over and the note of it. */
  async function killApi(): Promise<void> {
    const url = await databaseUrl;
    await query(url, 'INSERT INTO held DEFAULT VALUES');
    await until(isNoting, { timeoutMs: 60_000, everyMs: 20, what: 'a batch to be handed over' });
    await scene.deployment.process('api').kill();
    await until(async () => !(await isNoting()), { timeoutMs: 60_000, what: 'the database to notice the death' });
    await query(url, 'DELETE FROM held');
  }

  async function isNoting(): Promise<boolean> {
    const notes = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
      AND query LIKE 'UPDATE recoveries SET confirmed%' AND pid <> pg_backend_pid()`;
    return (await query(await databaseUrl, notes)).length > 0;
  }

  /** The deliveries that were delivered, page by page, as the recovery itself tells. */
  async function recordedOf(id: string): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let iterator = ''; ;) {
      const path = `/api/v1/recovery/${id}/record?limit=250&result=delivered${iterator}`;
      const page = await scene.deployment.call<{ data: RecoveryRecordOut[]; iterator: string; done: boolean }>(
        'GET',
        path,
      );
      ids.push(...page.data.map(({ deliveryId }) => deliveryId));
      if (page.done) return ids;
      iterator = `&iterator=${page.iterator}`;
    }
  }

  it.each<DeployedRole>(['recorder', 'dispatcher', 'api'])('%s', async (role) => {
    const { deployment, receiver } = scene;
    const { endpoint, messages } = await broken();
    if (role === 'api') {
      await prepareToHoldNotes();
      await deployment.process('api').kill();
      await deployment.process('api').restart();
    }
    const arrived = () => messages.filter(({ id }) => receiver.arrivals.has(id)).length;
    const { id } = await deployment.call<RecoveryOut>('POST', '/api/v1/recovery', {
      kind: 'redrive',
      select: { endpointId: endpoint },
      perSecond: PER_SECOND,
      why: 'the rehearsal',
    });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const enough = Math.floor((DEAD_LETTERS * kill) / (KILLS + 1));
      await until(() => arrived() >= enough, { timeoutMs: 60_000, everyMs: 5, what: `${String(enough)} arrivals` });
      if (role === 'api') await killApi();
      else await deployment.process(role).kill();
      await deployment.process(role).restart();
    }
    await until(() => arrived() === DEAD_LETTERS, { timeoutMs: 120_000, what: 'every dead letter to arrive' });
    let recovery: RecoveryOut | undefined;
    await until(
      async () => {
        recovery = await deployment.call<RecoveryOut>('GET', `/api/v1/recovery/${id}`);
        return recovery.status !== 'running' && recovery.delivered >= DEAD_LETTERS;
      },
      { timeoutMs: 60_000, what: 'the recovery to end, and to hear of every arrival' },
    );
    expect(recovery).toMatchObject({
      status: 'finished',
      total: DEAD_LETTERS,
      done: DEAD_LETTERS,
      delivered: DEAD_LETTERS,
      failedAgain: 0,
      skipped: { withoutPayload: 0, underWay: 0, tooOften: 0, alreadyOwed: 0 },
    });
    expect(await recordedOf(id)).toEqual(messages.map((message) => deliveryIdOf(message.id, endpoint)).toSorted());

    const keys = messages.map((message) => `${deliveryIdOf(message.id, endpoint)} 1`);
    await until(() => keys.every((key) => fates.has(key)), {
      timeoutMs: 60_000,
      what: 'every redelivery to have a fate',
    });
    expect(keys.filter((key) => !owed.has(key))).toEqual([]);
    expect(keys.filter((key) => [...(fates.get(key) ?? [])].join() !== 'delivered')).toEqual([]);
    // None was asked for a second time.
    expect([...owed].filter((key) => key.endsWith(' 2'))).toEqual([]);
    const repeats = messages.reduce((sum, message) => sum + (receiver.arrivals.get(message.id) ?? 0) - 1, 0);
    const again = keys.reduce((sum, key) => sum + (handed.get(key) ?? 0) - 1, 0);
    process.stderr.write(
      `  ${role}: ${String(DEAD_LETTERS)} arrived, ${String(repeats)} of them again; ${String(again)} were handed over again\n`,
    );
    // Only a dispatcher's death repeats a request: what a task hands over twice its lane drops.
    if (role !== 'dispatcher') expect(repeats).toBe(0);
    if (role === 'api') expect(again).toBeGreaterThan(0);
    expect(receiver.badlySigned).toEqual([]);

    await until(
      async () => {
        const rows = await query(
          await databaseUrl,
          `SELECT state, count(*)::int AS count FROM deliveries WHERE endpoint_id = '${endpoint}' GROUP BY state`,
        );
        return JSON.stringify(rows) === JSON.stringify([{ state: 'delivered', count: DEAD_LETTERS }]);
      },
      { timeoutMs: 60_000, everyMs: 200, what: 'the log to show them delivered' },
    );
  });
});
