import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiRole } from '@signpost/api';
import type { AccountOut, AuditOut, ExplainOut } from '@signpost/contracts';
import { dispatcherRole } from '@signpost/dispatcher';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import { freshTopicPrefix, makeTopics, ScriptedReceiver, testKafkaBrokers, until } from '@signpost/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { ApiScene } from '../api/support.js';

const topic = `platform-${freshTopicPrefix()}events`;
const ROLES = [ingestRole, matcherRole, dispatcherRole, retrySchedulerRole, recorderRole, apiRole];
const WITHIN = { timeoutMs: 60_000, everyMs: 50 } as const;

/** What the log, explain and the account say of events that the matcher had seen before. */
describe('an event that comes again', () => {
  let scene: ApiScene;
  let producer: Producer;
  let receiver: ScriptedReceiver;
  let app: string;
  const since = new Date(Date.now() - 1_000);

  beforeAll(async () => {
    receiver = await ScriptedReceiver.start();
    const kafka = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING });
    await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: 1 }]);
    producer = kafka.producer();
    await producer.connect();
    const settings = {
      INGEST_SOURCE_TOPICS: topic,
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      RECORDER_ACCOUNT_EVERY_MS: '100',
    };
    scene = await ApiScene.open(undefined, settings, ROLES);
    app = (await scene.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).body.id;
    await scene.call('POST', '/api/v1/app/shop/endpoint', { uid: 'crm', url: receiver.url('/crm') });
    await until(() => [...scene.control.view.endpointsOf(app as never)].length === 1, {
      ...WITHIN,
      what: 'the endpoint to be known',
    });
  }, 180_000);
  afterAll(async () => {
    await producer.disconnect();
    await scene.close();
    await receiver.stop();
  });

  /** Returns where it lies. Each record has a time of its own, and so each message an id of its own. */
  async function produce(eventId: string, timestamp: number): Promise<string> {
    const headers = {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: 'lead.captured',
      ce_source: '/crm',
      ce_application: app,
    };
    const messages = [{ value: '{"n":1}', headers, timestamp: String(timestamp) }];
    const [sent] = await producer.send({ topic, acks: -1, messages });
    return `${topic}:0:${String(sent?.baseOffset)}`;
  }

  const publish = (eventId: string) =>
    scene.call('POST', '/api/v1/app/shop/msg', { eventType: 'lead.captured', eventId, payload: { n: 1 } });

  /** Once it is told how its one endpoint was judged. */
  async function explained(id: string): Promise<ExplainOut> {
    let out: ExplainOut | undefined;
    const isDecided = async (): Promise<boolean> => {
      const answer = await scene.call('GET', `/api/v1/explain/${id}`);
      if (answer.status !== 200) return false;
      out = answer.body as unknown as ExplainOut;
      return ['delivered', 'not-matched'].includes(out.endpoints[0]?.verdict ?? '');
    };
    await until(isDecided, { ...WITHIN, what: `what became of ${id}` });
    if (out === undefined) throw new Error('it was there');
    return out;
  }

  function expectSentOnce(first: ExplainOut, again: ExplainOut): void {
    expect(again.message.id).not.toBe(first.message.id);
    expect(first).toMatchObject({ counts: { matched: 1 }, endpoints: [{ uid: 'crm', verdict: 'delivered' }] });
    expect(again).toMatchObject({
      counts: { considered: 1, matched: 0, notMatched: 1 },
      endpoints: [
        {
          uid: 'crm',
          verdict: 'not-matched',
          rule: { kind: 'repeat', text: expect.stringMatching(/repeats an event that came shortly before/) as unknown },
          next: { what: 'nothing' },
        },
      ],
    });
    const arrived = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(arrived.filter((id) => id === first.message.id || id === again.message.id)).toEqual([first.message.id]);
  }

  it('twice from Kafka is logged twice, sent once, and explained as a repeat', async () => {
    const now = Date.now();
    const [first, again] = [await produce('kafka', now - 2_000), await produce('kafka', now - 1_000)];
    expectSentOnce(await explained(first), await explained(again));
  });

  it('by HTTP and then from Kafka, too', async () => {
    const { status, body } = await publish('both');
    expect(status).toBe(202);
    expectSentOnce(await explained(body.id), await explained(await produce('both', Date.now() - 500)));
  });

  it('from Kafka and then by HTTP, too', async () => {
    const first = await explained(await produce('other-way', Date.now() - 2_000));
    const { status, body } = await publish('other-way');
    // What HTTP knows of ids came by HTTP: the matcher knows the others.
    expect(status).toBe(202);
    expectSentOnce(first, await explained(body.id));
  });

  it('is accepted in the account, matched to nobody, and leaves it balanced', async () => {
    const from = since.toISOString();
    let account: AccountOut | undefined;
    await until(
      async () => {
        account = (await scene.call('GET', `/api/v1/account?since=${from}`)).body as unknown as AccountOut;
        return account.totals.accepted === 6 && account.totals.fates.delivered === 3;
      },
      { ...WITHIN, what: 'every message to be counted' },
    );
    expect(account).toMatchObject({
      balanced: true,
      difference: 0,
      totals: { matched: 3, nobody: 3, undecided: 0, deliveries: 3 },
    });
    let audit: AuditOut | undefined;
    await until(
      async () => {
        audit = (await scene.call('GET', `/api/v1/account/audit?since=${from}`)).body as unknown as AuditOut;
        return audit.done;
      },
      { ...WITHIN, what: 'the audit to reach its end' },
    );
    expect(audit).toMatchObject({ balanced: true, violations: [] });
  });
});
