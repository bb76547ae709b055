import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountOut, AuditOut, ExplainOut } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { SourceScene } from './source-scene.js';

const WITHIN = { timeoutMs: 60_000, everyMs: 50 } as const;

/** What the log, explain and the account say of events that the matcher had seen before. */
describe('an event that comes again', () => {
  let scene: SourceScene;
  let app: string;
  const since = new Date(Date.now() - 1_000);

  beforeAll(async () => {
    scene = await SourceScene.open(1, { RECORDER_ACCOUNT_EVERY_MS: '100' });
    app = (await scene.api.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).body.id;
    await scene.api.call('POST', '/api/v1/app/shop/endpoint', { uid: 'crm', url: scene.receiver.url('/crm') });
    await scene.untilKnown(app, 1);
  }, 180_000);
  afterAll(() => scene.close());

  /** Returns where it lies. Each record has a time of its own, and so each message an id of its own. */
  function produce(eventId: string, timestamp: number): Promise<string> {
    const headers = {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: 'lead.captured',
      ce_source: '/crm',
      ce_application: app,
    };
    return scene.produce({ value: '{"n":1}', headers, timestamp: String(timestamp) });
  }

  const publish = (eventId: string) =>
    scene.api.call('POST', '/api/v1/app/shop/msg', { eventType: 'lead.captured', eventId, payload: { n: 1 } });

  /** Once it is told how its one endpoint was judged. */
  async function explained(id: string): Promise<ExplainOut> {
    let out: ExplainOut | undefined;
    const isDecided = async (): Promise<boolean> => {
      const answer = await scene.api.call('GET', `/api/v1/explain/${id}`);
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
    const arrived = scene.receiver.requests.map(({ headers }) => headers['webhook-id']);
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
        account = (await scene.api.call('GET', `/api/v1/account?since=${from}`)).body as unknown as AccountOut;
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
        audit = (await scene.api.call('GET', `/api/v1/account/audit?since=${from}`)).body as unknown as AuditOut;
        return audit.done;
      },
      { ...WITHIN, what: 'the audit to reach its end' },
    );
    expect(audit).toMatchObject({ balanced: true, violations: [] });
  });
});
