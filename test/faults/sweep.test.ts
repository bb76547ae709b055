import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFact, TOPICS, type JournalFact } from '@signpost/contracts';
import { KafkaConnection, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

jest.setTimeout(240_000);

const MESSAGES = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 5_000 : 400;
// Slow enough for the sweep to be under way still when the last process is back.
const PER_SECOND = MESSAGES / 50;

/** Promise 1 for what nobody asks for: the sweep, with both processes that take part in it killed while it runs. */
describe('kill -9 in the middle of the sweep of parked', () => {
  let scene: Scene;
  let connection: KafkaConnection;
  let follower: KafkaTopicFollower;
  const facts: JournalFact[] = [];
  const topicPrefix = freshTopicPrefix();

  beforeAll(async () => {
    const env = {
      RETRY_SCHEDULER_PARKED_MAX_AGE_MS: '10000',
      RETRY_SCHEDULER_SWEEP_PER_SECOND: String(PER_SECOND),
    };
    scene = await openScene({ topicPrefix, env });
    const kafka = { KAFKA_BROKERS: testKafkaBrokers().join(','), KAFKA_TOPIC_PREFIX: topicPrefix };
    connection = new KafkaConnection(loadKafkaConfig(kafka));
    follower = new KafkaTopicFollower(connection);
    await follower.follow(TOPICS.journal, ({ value }) => facts.push(readFact(value)));
  });
  afterAll(async () => {
    await follower.close();
    await connection.close();
    await scene.end();
  });

  const setDisabled = (disabled: boolean) =>
    scene.deployment.call('PATCH', `/api/v1/app/${scene.application}/endpoint/${scene.endpoint}`, { disabled });

  /** The fates that the journal tells of each message. */
  const fates = (): ReadonlyMap<string, readonly string[]> => {
    const found = new Map<string, string[]>();
    for (const fact of facts) {
      if ((fact.kind !== 'attempt' && fact.kind !== 'fate') || fact.fate === undefined) continue;
      found.set(fact.messageId, [...(found.get(fact.messageId) ?? []), fact.fate]);
    }
    return found;
  };
  const ends = (fate: string): number => [...fates().values()].filter((all) => all.includes(fate)).length;

  it('leaves each delivery with one fate: dead-lettered, or delivered once the endpoint is back in the middle of it', async () => {
    const { deployment, application, receiver } = scene;
    await setDisabled(true);
    const ids = new Set<string>();
    while (ids.size < MESSAGES) {
      const some = Array.from({ length: 50 }, () => deployment.publish(application, { eventType: 'a', payload: {} }));
      for (const id of await Promise.all(some)) ids.add(id);
    }
    const parked = () => new Set(facts.flatMap((fact) => (fact.kind === 'parked' ? [fact.messageId] : []))).size;
    await until(() => parked() === MESSAGES, { timeoutMs: 60_000, what: 'every message to be parked' });

    for (const [round, role] of (['retry-scheduler', 'dispatcher'] as const).entries()) {
      const enough = (MESSAGES / 10) * (round + 1);
      await until(() => ends('dead-lettered') >= enough, { timeoutMs: 90_000, what: `${String(enough)} dead letters` });
      await deployment.process(role).kill();
      await deployment.process(role).restart();
    }
    await setDisabled(false);
    await until(() => ends('delivered') > 0, { timeoutMs: 60_000, what: 'the first delivery' });
    const both = [deployment.process('retry-scheduler'), deployment.process('dispatcher')];
    await Promise.all(both.map((process) => process.kill()));
    await Promise.all(both.map((process) => process.restart()));
    await until(() => fates().size === MESSAGES, { timeoutMs: 90_000, what: 'a fate for every message' });
    await until(() => receiver.arrivals.size >= ends('delivered'), { timeoutMs: 30_000, what: 'the last arrivals' });

    const all = fates();
    const several = [...all].filter(([, of]) => new Set(of).size > 1);
    expect(several).toEqual([]);
    expect(new Set(all.keys())).toEqual(ids);
    const [letters, delivered] = [ends('dead-lettered'), ends('delivered')];
    const repeats = [...all.values()].reduce((sum, of) => sum + of.length - 1, 0);
    expect(letters + delivered).toBe(MESSAGES);
    process.stderr.write(
      `  ${String(letters)} dead-lettered, ${String(delivered)} delivered, ${String(repeats)} told again\n`,
    );
    const [swept] = [...all].find(([, of]) => of.includes('dead-lettered')) ?? [];
    const path = `/api/v1/app/${application}/msg/${String(swept)}/endpoint`;
    await until(
      async () => {
        const { data } = await deployment.call<{ data: { state: string; deadLetterReason?: string }[] }>('GET', path);
        return data[0]?.state === 'dead-lettered' && data[0].deadLetterReason === 'parked-too-long';
      },
      { timeoutMs: 30_000, what: 'the log to show it' },
    );
  });
});
