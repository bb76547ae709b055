import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  readDelivery,
  TOPICS,
  type AuditOut,
  type DeadLetterHistogramOut,
  type RecoveryOut,
} from '@signpost/contracts';
import { KafkaConnection, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { freshTopicPrefix, testKafkaBrokers, until, type DeployedRole } from '@signpost/testing';
import { CliHome } from '../../apps/cli/src/cli.fixture.js';
import { Committed } from '../faults/support/committed.js';
import { openScene, type Scene } from '../faults/support/scene.js';

const DELIVERIES = 50_000;
/** Enough for some to meet the breaker before its first probe. */
const RASH = 2_000;
const PER_SECOND = 500;
const KILLED: readonly DeployedRole[] = ['recorder', 'dispatcher', 'api', 'retry-scheduler', 'dispatcher'];
const BATCH = 100;

jest.setTimeout(1_200_000);
/** It takes minutes: asked for by name, `npm test -- --select e2e`. */
const rehearse = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? describe : describe.skip;

interface HandedOver {
  readonly partition: number;
  readonly offset: number;
  readonly messageId: string;
}

/** docs/runbooks/redrive.md from its first step to its last, by the CLI, while those who take part are killed. */
rehearse('a re-drive as the runbook has it', () => {
  const topicPrefix = freshTopicPrefix();
  const handedOver: HandedOver[] = [];
  let scene: Scene;
  let cli: CliHome;
  let connection: KafkaConnection;
  let follower: KafkaTopicFollower;

  beforeAll(async () => {
    scene = await openScene({ topicPrefix, env: { RECORDER_ACCOUNT_EVERY_MS: '250' } });
    const { deployment, application, endpoint } = scene;
    await deployment.call('PATCH', `/api/v1/app/${application}/endpoint/${endpoint}`, { retrySchedule: [1] });
    cli = new CliHome({ SIGNPOST_URL: deployment.process('api').url, SIGNPOST_API_KEY: deployment.apiKey });
    connection = new KafkaConnection(
      loadKafkaConfig({ KAFKA_BROKERS: testKafkaBrokers().join(','), KAFKA_TOPIC_PREFIX: topicPrefix }),
    );
    follower = new KafkaTopicFollower(connection);
    await follower.follow(TOPICS.returning, ({ headers, offset }, partition) => {
      const { messageId, redelivery } = readDelivery(headers);
      if (redelivery !== undefined) handedOver.push({ partition, offset, messageId });
    });
  });
  afterAll(async () => {
    await follower.close();
    await connection.close();
    cli.remove();
    await scene.end();
  });

  it('delivers every dead letter, repeats no more than was not committed, and the account adds up', async () => {
    const { deployment, receiver, application, endpoint } = scene;
    const since = new Date(Date.now() - 1_000).toISOString();
    const of = ['--app', application, '--endpoint', endpoint] as const;
    const ids = await die(DELIVERIES, of);
    expect(receiver.arrivals.size).toBe(0);

    const planned = await cli.json<{ count: number }>(['dlq', 'redrive', ...of, '--dry-run']);
    expect(planned.count).toBe(DELIVERIES);
    expect(receiver.arrivals.size).toBe(0);

    receiver.status = 200;
    const capped = ['--rate', String(PER_SECOND), '--only-while-healthy'];
    const begun = [...capped, '--why', 'the receiver is mended', '--detach', '--yes'];
    const { id } = await cli.json<RecoveryOut>(['dlq', 'redrive', ...of, ...begun]);
    let bound = 0;
    for (const [at, role] of KILLED.entries()) {
      const enough = Math.floor((DELIVERIES * (at + 1)) / (KILLED.length + 1));
      await until(() => receiver.arrivals.size >= enough, {
        timeoutMs: 120_000,
        everyMs: 5,
        what: `${String(enough)} arrivals`,
      });
      await deployment.process(role).kill();
      if (role === 'dispatcher') bound += await notCommitted();
      await deployment.process(role).restart();
    }
    const recovery = await ended(id, DELIVERIES);
    expect(recovery).toMatchObject({ status: 'finished', done: DELIVERIES, delivered: DELIVERIES, failedAgain: 0 });
    expect(receiver.missing(ids)).toEqual([]);
    expect(receiver.badlySigned).toEqual([]);
    process.stderr.write(
      `  ${String(DELIVERIES)} re-driven, ${String(receiver.repeats)} repeats of ${String(bound)} possible\n`,
    );
    expect(receiver.repeats).toBeLessThanOrEqual(bound);
    await until(async () => (await deadLetters(of)) === 0, { timeoutMs: 60_000, what: 'the index to know' });

    const audit = await audited(since);
    expect(audit).toMatchObject({ balanced: true, violations: [], accepted: DELIVERIES, runs: 2 * DELIVERIES });
    expect((await cli.run(['audit', '--since', since])).code).toBe(0);
  });

  it('without --only-while-healthy loses nothing either: what meets the open breaker is a dead letter again, and told', async () => {
    const { receiver, application, endpoint } = scene;
    const since = new Date().toISOString();
    const of = ['--app', application, '--endpoint', endpoint] as const;
    const ids = await die(RASH, of);
    receiver.status = 200;
    const rash = ['--rate', String(PER_SECOND), '--why', 'in a hurry', '--detach', '--yes'];
    const { id } = await cli.json<RecoveryOut>(['dlq', 'redrive', ...of, ...rash]);
    const { delivered, failedAgain } = await ended(id, RASH);
    process.stderr.write(`  ${String(failedAgain)} of ${String(RASH)} died again\n`);
    expect(delivered + failedAgain).toBe(RASH);
    expect(receiver.missing(ids)).toHaveLength(failedAgain);
    await until(async () => (await deadLetters(of)) === failedAgain, { timeoutMs: 60_000, what: 'the index to know' });
    expect(await audited(since)).toMatchObject({ balanced: true, violations: [], accepted: RASH, runs: 2 * RASH });
  });

  /** So many deliveries, each of which the receiver refuses until it is a dead letter. */
  async function die(count: number, of: readonly string[]): Promise<readonly string[]> {
    scene.receiver.status = 500;
    const ids = await publish(count);
    await until(async () => (await deadLetters(of)) === count, {
      timeoutMs: 600_000,
      everyMs: 500,
      what: `${String(count)} dead letters`,
    });
    return ids;
  }

  /** Once all of it has come to an end. */
  async function ended(id: string, count: number): Promise<RecoveryOut> {
    let recovery = await cli.json<RecoveryOut>(['recovery', 'show', id]);
    await until(
      async () => {
        recovery = await cli.json<RecoveryOut>(['recovery', 'show', id]);
        return recovery.status !== 'running' && recovery.delivered + recovery.failedAgain >= count;
      },
      { timeoutMs: 240_000, everyMs: 250, what: 'the recovery to end, and to hear of every end' },
    );
    return recovery;
  }

  async function audited(since: string): Promise<AuditOut | undefined> {
    let audit: AuditOut | undefined;
    await until(
      async () => {
        audit = await scene.deployment.call<AuditOut>('GET', `/api/v1/account/audit?since=${since}`);
        return audit.done;
      },
      { timeoutMs: 120_000, everyMs: 500, what: 'the audit to reach its end' },
    );
    return audit;
  }

  /** Each message has one endpoint, so there are as many deliveries. */
  async function publish(count: number): Promise<readonly string[]> {
    const { deployment, application } = scene;
    const ids: string[] = [];
    for (let from = 0; from < count; from += BATCH) {
      const data = Array.from({ length: BATCH }, (_, at) => ({
        eventType: 'lead.captured',
        payload: { type: 'lead.captured', timestamp: new Date().toISOString(), data: { number: from + at } },
      }));
      const answer = await fetch(`${deployment.process('ingest').url}/api/v1/app/${application}/msg/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${deployment.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ data }),
      });
      expect(answer.status).toBe(202);
      ids.push(...((await answer.json()) as { data: { id: string }[] }).data.map((message) => message.id));
    }
    return ids;
  }

  async function deadLetters(of: readonly string[]): Promise<number> {
    return (await cli.json<DeadLetterHistogramOut>(['dlq', 'histogram', ...of])).totals.count;
  }

  /** What had arrived and was not committed when the dispatcher died is sent again. */
  async function notCommitted(): Promise<number> {
    const committed = await Committed.read(connection);
    return handedOver.filter(
      ({ partition, offset, messageId }) =>
        !committed.has(TOPICS.returning, partition, offset) && scene.receiver.arrivals.has(messageId),
    ).length;
  }
});
