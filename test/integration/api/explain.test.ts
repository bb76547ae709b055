import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExplainOut } from '@signpost/contracts';
import { deliveryIdOf, type ApplicationId, type EndpointId } from '@signpost/domain';
import { query, until } from '@signpost/testing';
import { about, attempt, ExplainScene, matched, of, verdict } from './explain-scene.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('why a message did or did not arrive', () => {
  let scene: ExplainScene;
  let app: ApplicationId;
  let main: EndpointId;
  let typed: EndpointId;
  let red: EndpointId;
  beforeAll(async () => {
    scene = await ExplainScene.open();
    ({ app, main, typed, red } = scene);
  });
  afterAll(() => scene.close());

  it('tells a delivery stage by stage, and why the others did not get the message', async () => {
    const message = await scene.publish({ eventId: 'evt-1', conversationId: 'c-1' });
    const failed = attempt(message, main, 20, { nextAttemptAtMs: message.acceptedAtMs + 5_028 });
    const { reason: _, ...rest } = attempt(message, main, 5_040, { attempt: 2, outcome: 'delivered', status: 200 });
    await scene.api.tell(matched(message, main), failed, { ...rest, fate: 'delivered' });
    const out = await scene.soon(message, verdict(main, 'delivered'));
    expect(out).toMatchObject({
      asked: { id: message.id, as: 'message' },
      message: {
        id: message.id,
        appId: app,
        eventType: 'a',
        eventId: 'evt-1',
        conversationId: 'c-1',
        hasPayload: true,
      },
      summary: 'It was matched to 1 of 3 endpoints: 1 delivered.',
      counts: { considered: 3, matched: 1, notMatched: 2 },
      done: true,
      iterator: null,
      notes: [],
    });
    expect(out.endpoints.map(({ endpointId }) => endpointId)).toEqual([main, typed, red]);
    const [first] = out.endpoints;
    expect(first?.stages.map(({ name, ms, attempt: number, reason }) => [name, ms, number, reason])).toEqual([
      ['accepted', 4, undefined, undefined],
      ['matched', 0, undefined, undefined],
      ['queued', 16, undefined, undefined],
      ['attempt', 8, 1, 'http:503'],
      ['waiting', 5_012, undefined, undefined],
      ['attempt', 8, 2, undefined],
      ['delivered', undefined, undefined, undefined],
    ]);
    expect(first).toMatchObject({
      uid: 'main',
      deliveryId: deliveryIdOf(message.id, main),
      rule: { kind: 'delivered', text: 'The receiver accepted attempt 2 with 200.' },
      attemptCount: 2,
      attempts: [
        { id: failed.attemptId, reason: 'http:503', timing: failed.timing },
        { attempt: 2, status: 200 },
      ],
      next: { what: 'nothing' },
    });
    expect(of(out, typed)).toMatchObject({
      verdict: 'not-matched',
      rule: { kind: 'event-type', clause: 'order.paid, order.sent' },
      stages: [{ name: 'accepted' }, { name: 'matched' }],
      next: { what: 'nothing', why: expect.stringContaining('resend') },
    });
    expect(of(out, typed)).not.toHaveProperty('deliveryId');
    expect(of(out, red)).toMatchObject({ rule: { kind: 'channel', clause: 'red' } });
  });

  it('tells attempts that came days later, and of very many the newest', async () => {
    const message = await scene.publish({ acceptedAtMs: Date.now() - 5 * DAY });
    const nextAttemptAtMs = Date.now() + HOUR;
    const attempts = Array.from({ length: 40 }, (_, at) =>
      attempt(message, main, (at + 1) * 2 * HOUR, { attempt: at + 1, nextAttemptAtMs }),
    );
    await scene.api.tell(matched(message, main), ...attempts);
    const out = await scene.soon(message, (now) => of(now, main)?.attemptCount === 40);
    expect(of(out, main)?.attempts.map((one) => one.attempt)).toEqual(attempts.slice(10).map((one) => one.attempt));
  });

  it('says why something is parked, when it was, and what has to happen', async () => {
    const off = await scene.endpoint({ uid: 'off', eventTypes: ['parking'] });
    await scene.patch('off', { disabled: true });
    const message = await scene.publish({ eventType: 'parking' });
    await scene.api.tell(matched(message, off), {
      kind: 'parked',
      ...about(message, off, 9),
      reason: 'endpoint-disabled',
    });
    const out = await scene.soon(message, (now) => of(now, off)?.rule.kind === 'disabled');
    expect(of(out, off)).toMatchObject({
      verdict: 'pending',
      rule: { kind: 'disabled', clause: 'owner' },
      next: { what: 'enable' },
      stages: [
        { name: 'accepted' },
        { name: 'matched' },
        { name: 'queued', ms: 5 },
        { name: 'parked', reason: 'endpoint-disabled' },
      ],
    });
    await scene.patch('off', { disabled: false });
    expect(of(await scene.explain(message.id), off)).toMatchObject({
      next: { what: 'release' },
      changedAt: expect.any(String),
    });
    await scene.api.tell(
      { kind: 'released', ...about(message, off, 40) },
      { kind: 'fate', ...about(message, off, 50), fate: 'expired' },
    );
    // An answer is read in several statements: what is recorded between them may be in the verdict and not yet in the stages.
    const ended = await scene.soon(message, (now) => of(now, off)?.stages.at(-1)?.name === 'expired');
    expect(
      of(ended, off)
        ?.stages.slice(-3)
        .map(({ name, ms }) => [name, ms]),
    ).toEqual([
      ['parked', 31],
      ['released', 10],
      ['expired', undefined],
    ]);
  });

  it('tells of an open breaker when it is asked next, and of silence until when', async () => {
    const down = await scene.endpoint({ uid: 'down', eventTypes: ['lanes'] });
    const silent = await scene.endpoint({ uid: 'silent', eventTypes: ['lanes'] });
    const message = await scene.publish({ eventType: 'lanes' });
    const untilMs = Date.now() + HOUR;
    const nextAttemptAtMs = Date.now() + 2 * HOUR;
    await scene.api.remember({ endpointId: down, applicationId: app, breaker: { untilMs, openings: 3 } });
    await scene.api.remember({ endpointId: silent, applicationId: app, pausedUntilMs: untilMs });
    await scene.api.tell(
      matched(message, down, silent),
      attempt(message, down, 9, { reason: 'breaker-open', timing: { totalMs: 0 }, nextAttemptAtMs }),
      { kind: 'parked', ...about(message, silent, 9), reason: 'lane-paused' },
    );
    const at = new Date(untilMs).toISOString();
    const out = await scene.soon(
      message,
      (now) => of(now, down)?.next.what === 'probe' && of(now, silent)?.next.at === at,
    );
    expect(of(out, down)).toMatchObject({
      verdict: 'pending',
      rule: { kind: 'breaker-open' },
      next: { what: 'probe', at, why: expect.stringContaining(new Date(nextAttemptAtMs).toISOString()) },
    });
    expect(of(out, silent)).toMatchObject({ rule: { kind: 'throttled' }, next: { what: 'release', at } });
  });

  it('judges an endpoint by what it was when the message was matched', async () => {
    const changing = await scene.endpoint({ uid: 'changing', eventTypes: ['b'] });
    const gone = await scene.endpoint({ uid: 'gone' });
    await scene.delete('gone');
    const message = await scene.publish({ eventType: 'history', acceptedAtMs: Date.now() + 1_100 });
    await scene.api.tell(matched(message));
    await until(async () => Date.now() > message.acceptedAtMs + 100, {
      timeoutMs: 5_000,
      what: 'the clock to be past it',
    });
    const late = await scene.endpoint({ uid: 'late' });
    await scene.patch('changing', { eventTypes: ['history'] });
    const out = await scene.soon(message, (now) => now.message.matchedAt !== null);
    expect(out.summary).toMatch(/^It was matched to none of \d endpoints\.$/);
    // As it is now it asks for it.
    expect(of(out, changing)).toMatchObject({
      rule: { kind: 'event-type', clause: 'b' },
      changedAt: expect.any(String),
    });
    expect(of(out, late)).toMatchObject({ rule: { kind: 'created-later' } });
    expect(of(out, main)).toMatchObject({ rule: { kind: 'unknown' } });
    expect(of(out, gone)).toBeUndefined();
    const asked = await scene.explain(message.id, '?endpointId=gone');
    expect(asked.endpoints).toMatchObject([{ endpointId: gone, verdict: 'not-matched', rule: { kind: 'deleted' } }]);
    expect((await scene.ask(message.id, '?endpointId=nobody')).status).toBe(404);
    await scene.delete('late');
    await scene.delete('changing');
  });

  it('tells of a message above its quota that it took the slow way, and of no other', async () => {
    const [slow, fast] = [
      await scene.publish({ eventType: 'quota', isOverQuota: true }),
      await scene.publish({ eventType: 'quota' }),
    ];
    const said = async ({ id }: { readonly id: string }) => (await scene.explain(id)).notes.join(' ');
    expect(await said(slow)).toContain('took the slow way');
    expect(await said(fast)).not.toContain('took the slow way');
  });

  it('tells what was asked for again, and of a deleted endpoint that nothing comes', async () => {
    const owner = await scene.endpoint({ uid: 'owner', eventTypes: ['again'] });
    const message = await scene.publish({ eventType: 'again', onlyEndpointId: owner });
    await scene.api.tell(
      matched(message, owner),
      attempt(message, owner, 9, { fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' }),
    );
    await scene.soon(message, verdict(owner, 'dead'));
    const asked = await scene.api.call('POST', `/api/v1/app/one/msg/${message.id}/endpoint/owner/resend`);
    expect(asked.status).toBe(202);
    const out = await scene.soon(message, verdict(owner, 'pending'));
    expect(of(out, owner)).toMatchObject({ redeliveries: 1, rule: { kind: 'on-its-way' }, next: { what: 'attempt' } });
    expect(of(out, owner)?.stages.at(-1)?.name).toBe('redelivered');
    // A recovery that was aborted takes back what it had numbered and not handed over.
    await query(
      scene.api.databaseUrl,
      `INSERT INTO redeliveries (delivery_id, message_id, endpoint_id, number, attempts_before, result)
       VALUES ('${deliveryIdOf(message.id, owner)}', '${message.id}', '${owner}', 2, 1, 'withdrawn')`,
    );
    expect(of(await scene.explain(message.id), owner)).toMatchObject({ redeliveries: 1 });
    expect(of(out, main)).toMatchObject({ rule: { kind: 'only-endpoint' } });
    await scene.delete('owner');
    expect(of(await scene.explain(message.id), owner)).toMatchObject({
      rule: { kind: 'deleted' },
      next: { what: 'cancel' },
    });
    await scene.api.tell({ kind: 'fate', ...about(message, owner, 900), redelivery: 1, fate: 'cancelled' });
    expect(of(await scene.soon(message, verdict(owner, 'cancelled')), owner)).toMatchObject({
      rule: { kind: 'cancelled' },
    });
  });

  it('shows pages of very many endpoints, those of the message first', async () => {
    const message = await scene.publish();
    await scene.api.tell(matched(message, main, typed));
    const whole = await scene.soon(message, (now) => now.message.matchedAt !== null);
    const seen: string[] = [];
    let iterator: string | null = '';
    while (iterator !== null) {
      const query = iterator === '' ? '?limit=1' : `?limit=1&iterator=${iterator}`;
      const page: ExplainOut = await scene.explain(message.id, query);
      expect(page.counts).toEqual(whole.counts);
      seen.push(...page.endpoints.map(({ endpointId }) => endpointId));
      iterator = page.iterator;
      expect(page.done).toBe(iterator === null);
    }
    expect(seen).toEqual(whole.endpoints.map(({ endpointId }) => endpointId));
    expect(seen.slice(0, 2)).toEqual([main, typed].sort());
  });
});
