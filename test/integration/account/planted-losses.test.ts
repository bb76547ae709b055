import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TOPICS, type AuditOut } from '@signpost/contracts';
import { newId, type MessageId } from '@signpost/domain';
import { AccountScene } from './scene.js';

jest.setTimeout(240_000);

/** What the audit says of a window, as `kind id`. */
const named = ({ violations }: AuditOut): readonly string[] => violations.map(({ kind, id }) => `${kind} ${id}`).sort();
const each = (kind: string, ids: readonly string[]): readonly string[] => ids.map((id) => `${kind} ${id}`).sort();

/** Each loss in a window of its own, so that the audit has to name exactly what was lost in it. */
describe('a loss that was planted', () => {
  let scene: AccountScene;
  beforeAll(async () => {
    scene = await AccountScene.open();
  });
  afterAll(() => scene.close());

  const arrived = (ids: readonly MessageId[]) =>
    scene.until('the messages to arrive', () => {
      const seen = new Set(scene.receiver.requests.map(({ headers }) => headers['webhook-id']));
      return ids.every((id) => seen.has(id));
    });
  const recorded = (table: string, column: string, ids: readonly string[]) =>
    scene.until(`${table} to be recorded`, async () => {
      const list = ids.map((id) => `'${id}'`).join(',');
      const [row] = await scene.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${table} WHERE ${column} IN (${list})`,
      );
      return row?.n === ids.length;
    });

  it('there is none: the account of what went its way is balanced, by minute and as a whole', async () => {
    const since = new Date();
    const wanted = await scene.accept(7);
    await scene.accept(3, 'unwanted');
    await arrived(wanted);
    await scene.until('all of it to be counted', async () => {
      const { totals } = await scene.account(since);
      return totals.fates.delivered === 7 && totals.nobody === 3;
    });
    const account = await scene.account(since);
    expect(account).toMatchObject({ balanced: true, difference: 0, done: true });
    expect(account.totals).toMatchObject({ accepted: 10, matched: 7, nobody: 3, deliveries: 7, redeliveries: 0 });
    expect(account.minutes.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(10);
    await expect(scene.audit(since)).resolves.toMatchObject({
      balanced: true,
      difference: 0,
      violations: [],
      accepted: 10,
      runs: 7,
      topics: { read: 10 },
      waitingFor: null,
    });
  });

  it('of messages that the matcher was moved past', async () => {
    const before = await scene.metric('unmatched');
    const since = new Date();
    await scene.stop('matcher');
    const lost = await scene.accept(3);
    await recorded('messages', 'id', lost);
    await scene.skip('matcher', [TOPICS.messages, TOPICS.messagesBulk]);
    await scene.start('matcher');
    const kept = await scene.accept(2);
    await arrived(kept);
    const audit = await scene.audit(since);
    expect(named(audit)).toEqual(each('unmatched', lost));
    expect(audit).toMatchObject({ balanced: false, difference: 3, accepted: 5 });
    await scene.until('the metric to say so', async () => (await scene.metric('unmatched')) === before + 3);
    await expect(scene.account(since)).resolves.toMatchObject({ balanced: false, difference: 3 });
  });

  it('of deliveries that the dispatcher was moved past', async () => {
    const before = await scene.metric('fresh-lost');
    const since = new Date();
    await scene.stop('dispatcher');
    const lost = await scene.accept(3);
    await recorded('matches', 'message_id', lost);
    await scene.skip('dispatcher', [TOPICS.deliveries, TOPICS.returning]);
    await scene.start('dispatcher');
    await arrived(await scene.accept(2));
    const audit = await scene.audit(since);
    expect(named(audit)).toEqual(
      each(
        'fresh-lost',
        lost.map((id) => scene.deliveryTo(id)),
      ),
    );
    expect(audit.violations[0]).toMatchObject({ appId: scene.app, endpointId: scene.endpoint });
    await scene.until('the metric to say so', async () => (await scene.metric('fresh-lost')) === before + 3);
  });

  it('of facts that the recorder was moved past', async () => {
    const since = new Date();
    await scene.stop('dispatcher');
    const lost = await scene.accept(2);
    await recorded('matches', 'message_id', lost);
    await scene.stop('recorder');
    await scene.start('dispatcher');
    await arrived(lost);
    // The dispatcher has committed what it has told of.
    await scene.stop('dispatcher');
    await scene.skip('recorder', [TOPICS.journal]);
    await scene.start('dispatcher');
    await scene.start('recorder');
    expect(named(await scene.audit(since))).toEqual(
      each(
        'fresh-lost',
        lost.map((id) => scene.deliveryTo(id)),
      ),
    );
  });

  it('of rows of the log: a message, its matching, a delivery, and all that is known of one', async () => {
    const since = new Date();
    const [noMessage, noMatch, noDelivery, nothing, whole] = (await scene.accept(5)) as [
      MessageId,
      MessageId,
      MessageId,
      MessageId,
      MessageId,
    ];
    const all = [noMessage, noMatch, noDelivery, nothing, whole];
    await recorded(
      'deliveries',
      'id',
      all.map((id) => scene.deliveryTo(id)),
    );
    await scene.rows(`DELETE FROM messages WHERE id IN ('${noMessage}', '${nothing}')`);
    await scene.rows(`DELETE FROM matches WHERE message_id IN ('${noMatch}', '${nothing}')`);
    await scene.rows(
      `DELETE FROM deliveries WHERE id IN ('${scene.deliveryTo(noDelivery)}', '${scene.deliveryTo(nothing)}')`,
    );
    expect(named(await scene.audit(since))).toEqual(
      [
        `unrecorded ${noMessage}`,
        `unmatched ${noMatch}`,
        `not-owed ${scene.deliveryTo(noMatch)}`,
        `fresh-lost ${scene.deliveryTo(noDelivery)}`,
        `never-recorded ${nothing}`,
      ].sort(),
    );
  });

  it('of a wait in a tier that nothing followed, while one that is not over is pending', async () => {
    const since = new Date(Date.now() - 660_000);
    const atMs = since.getTime() + 60_000;
    const [lost, waits] = [newId('msg', atMs), newId('msg', atMs)];
    for (const messageId of [lost, waits]) {
      const of = { messageId, applicationId: scene.app, endpointId: scene.endpoint } as const;
      const nextAttemptAtMs = messageId === lost ? atMs + 300_000 : Date.now() + 3_600_000;
      const payload = Buffer.from('{}');
      await scene.api.publish({
        id: of.messageId,
        applicationId: scene.app,
        eventType: 'unheard-of',
        acceptedAtMs: atMs,
        payload,
      });
      await scene.api.tell(
        { kind: 'matched', messageId: of.messageId, applicationId: scene.app, atMs, endpointIds: [scene.endpoint] },
        {
          ...of,
          kind: 'attempt',
          deliveryId: scene.deliveryTo(of.messageId),
          eventType: 'unheard-of',
          attemptId: newId('atmpt', atMs),
          attempt: 1,
          url: 'https://example.com/',
          outcome: 'failed',
          timing: { totalMs: 1 },
          trigger: 'scheduled',
          atMs,
          nextAttemptAtMs,
        },
      );
    }
    const until = new Date(atMs + 60_000).toISOString();
    const path = `/api/v1/account/audit?since=${since.toISOString()}&until=${until}`;
    await scene.until('the audit to name it', async () => {
      const answer = (await scene.api.call('GET', path)).body as unknown as AuditOut;
      return answer.done && JSON.stringify(named(answer)) === JSON.stringify([`tier-lost ${scene.deliveryTo(lost)}`]);
    });
    await scene.until('the wait that is not over to be counted', async () => {
      const account = (await scene.api.call('GET', path.replace('/audit', ''))).body as unknown as {
        totals: { pending: { tier: number }; differences: { tierLost: number } };
      };
      return account.totals.pending.tier === 1 && account.totals.differences.tierLost === 1;
    });
  });

  it('is named to its organisation alone', async () => {
    const since = new Date(Date.now() - 3_600_000);
    const key = await scene.api.keyOf('another');
    await expect(scene.audit(since, key)).resolves.toMatchObject({ balanced: true, violations: [], accepted: 0 });
    await expect(scene.account(since, key)).resolves.toMatchObject({
      balanced: true,
      totals: { accepted: 0 },
      minutes: [],
    });
    const foreign = await scene.api.call('GET', `/api/v1/account?appId=one`, undefined, key);
    expect(foreign.status).toBe(404);
  });

  it('is asked for by a key that may read or look after things, and in windows that are bounded', async () => {
    const ask = (search: string, key?: string) => scene.api.call('GET', `/api/v1/account${search}`, undefined, key);
    expect((await ask('', await scene.api.keyOf('another', ['read']))).status).toBe(200);
    expect((await ask('', await scene.api.keyOf('another', ['publish']))).status).toBe(403);
    for (const search of [
      '?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z',
      '?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
      '/audit?since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z',
      '?iterator=x',
      '?limit=0',
    ])
      expect([search, (await ask(search)).status]).toEqual([search, 422]);
  });
});
