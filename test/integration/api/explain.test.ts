import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, ExplainOut, JournalFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';
import { portalToken } from './tenancy/tenant.js';

type Explained = ExplainOut['endpoints'][number];
const HOUR = 3_600_000;

describe('explain', () => {
  let scene: ApiScene;
  let app: ApplicationId;
  let main: EndpointId;
  let typed: EndpointId;
  let red: EndpointId;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    main = await endpoint({ uid: 'main' });
    typed = await endpoint({ uid: 'typed', eventTypes: ['order.paid', 'order.sent'] });
    red = await endpoint({ uid: 'red', channels: ['red'] });
  });
  afterAll(() => scene.close());

  async function endpoint(fields: object, to = 'one'): Promise<EndpointId> {
    const url = 'https://example.com/';
    return (await scene.call('POST', `/api/v1/app/${to}/endpoint`, { url, ...fields })).body.id as EndpointId;
  }
  const patch = (uid: string, fields: object): Promise<Answer> =>
    scene.call('PATCH', `/api/v1/app/one/endpoint/${uid}`, fields);
  const ask = (id: string, query = '', key?: string): Promise<Answer> =>
    scene.call('GET', `/api/v1/explain/${encodeURIComponent(id)}${query}`, undefined, key);
  async function explain(id: string, query = ''): Promise<ExplainOut> {
    const answer = await ask(id, query);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
    return answer.body as unknown as ExplainOut;
  }
  const of = (out: ExplainOut, id: EndpointId): Explained | undefined =>
    out.endpoints.find(({ endpointId }) => endpointId === id);

  /** Explained as soon as it is as expected; what is told is in the log a moment later. */
  async function soon(message: MessageRecord, isThere: (out: ExplainOut) => unknown, query = ''): Promise<ExplainOut> {
    let out = await explain(message.id, query);
    await until(
      async () => {
        if (isThere(out) === true) return true;
        out = await explain(message.id, query);
        return false;
      },
      { timeoutMs: 15_000, everyMs: 20, what: 'the log to have what was told' },
    );
    return out;
  }
  const verdict = (id: EndpointId, what: string) => (out: ExplainOut) => of(out, id)?.verdict === what;

  async function publish(given: Partial<MessageRecord> = {}): Promise<MessageRecord> {
    const acceptedAtMs = given.acceptedAtMs ?? Date.now();
    const message: MessageRecord = {
      id: newId('msg', acceptedAtMs),
      applicationId: app,
      eventType: 'a',
      payload: Buffer.from('{}'),
      ...given,
      acceptedAtMs,
    };
    await scene.publish(message);
    return message;
  }
  const matched = (message: MessageRecord, ...endpointIds: EndpointId[]): JournalFact => ({
    kind: 'matched',
    messageId: message.id,
    applicationId: message.applicationId,
    atMs: message.acceptedAtMs + 4,
    endpointIds,
  });
  const about = (message: MessageRecord, endpointId: EndpointId, afterMs: number) => ({
    deliveryId: deliveryIdOf(message.id, endpointId),
    messageId: message.id,
    applicationId: message.applicationId,
    endpointId,
    eventType: message.eventType,
    atMs: message.acceptedAtMs + afterMs,
  });
  const attempt = (
    message: MessageRecord,
    endpointId: EndpointId,
    afterMs: number,
    given: Partial<AttemptFact> = {},
  ): AttemptFact => ({
    kind: 'attempt',
    ...about(message, endpointId, afterMs),
    attemptId: newId('atmpt', message.acceptedAtMs + afterMs),
    attempt: 1,
    url: 'https://example.com/',
    outcome: 'failed',
    reason: 'http:503',
    status: 503,
    timing: { connectMs: 2, firstByteMs: 7, totalMs: 8 },
    trigger: 'scheduled',
    ...given,
  });

  it('tells a delivery stage by stage, and why the others did not get the message', async () => {
    const message = await publish({ eventId: 'evt-1', conversationId: 'c-1' });
    const failed = attempt(message, main, 20, { nextAttemptAtMs: message.acceptedAtMs + 5_028 });
    const { reason: _, ...rest } = attempt(message, main, 5_040, { attempt: 2, outcome: 'delivered', status: 200 });
    await scene.tell(matched(message, main), failed, { ...rest, fate: 'delivered' });
    const out = await soon(message, verdict(main, 'delivered'));
    expect(out).toMatchObject({
      asked: { id: message.id, as: 'message' },
      message: { id: message.id, appId: app, eventType: 'a', eventId: 'evt-1', conversationId: 'c-1', hasPayload: true },
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
      attempts: [{ id: failed.attemptId, reason: 'http:503', timing: failed.timing }, { attempt: 2, status: 200 }],
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

  it('finds the message by every id that logs and receivers show', async () => {
    const message = await publish({ eventId: 'evt/2 ü', origin: { topic: 'platform.events', partition: 3, offset: 1_042 } });
    const fact = attempt(message, red, 9, { fate: 'dead-lettered', deadLetterReason: 'gone', reason: 'http:410', status: 410 });
    await scene.tell(matched(message, main, red), fact);
    await soon(message, verdict(red, 'dead'));
    const dead = { verdict: 'dead', rule: { kind: 'dead', clause: 'gone' }, next: { what: 'nothing' } };
    for (const [id, as] of [
      [fact.attemptId, 'attempt'],
      [fact.deliveryId, 'delivery'],
    ] as const) {
      const out = await explain(id);
      expect(out).toMatchObject({ asked: { id, as }, message: { id: message.id } });
      // The one that the id is about stands first.
      expect(out.endpoints[0]).toMatchObject({ endpointId: red, ...dead });
    }
    // Of this delivery nothing but its matching is known.
    const pending = await explain(deliveryIdOf(message.id, main));
    expect(pending.endpoints[0]).toMatchObject({ endpointId: main, verdict: 'pending', rule: { kind: 'on-its-way' } });
    for (const [id, as] of [
      ['platform.events:3:1042', 'source'],
      ['evt/2 ü', 'event'],
    ] as const) {
      expect(await explain(id)).toMatchObject({
        asked: { id, as },
        message: { id: message.id, source: { topic: 'platform.events', partition: 3, offset: 1_042 } },
      });
    }
  });

  it('says what was tried where nothing is found, and whose message it may be', async () => {
    const unknown = newId('msg', Date.now());
    const answer = await ask(unknown);
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(answer.body.detail).toContain("as a message's id and as an event's own id");
    expect((await ask('platform.events:3:77')).body.detail).toContain('messages.rejected under the key');
    expect(await ask('a\u0001b')).toMatchObject({ status: 422 });
    const message = await publish({ eventId: 'private' });
    await explain(message.id);
    const foreign = await scene.keyOf('another organisation');
    for (const id of [message.id, 'private', deliveryIdOf(message.id, main)]) {
      expect((await ask(id, '', foreign)).status).toBe(404);
      expect((await ask(id, '?appId=one', foreign)).status).toBe(404);
      expect((await ask(id, `?appId=${app}`, foreign)).status).toBe(404);
    }
  });

  it('asks for the application where an event id is known in several, and takes the newest within one', async () => {
    const other = (await scene.call('POST', '/api/v1/app', { name: 'Two', uid: 'two' })).body.id as ApplicationId;
    const older = await publish({ eventId: 'twice', acceptedAtMs: Date.now() - HOUR });
    const newer = await publish({ eventId: 'twice' });
    const elsewhere = await publish({ eventId: 'twice', applicationId: other });
    await explain(elsewhere.id);
    const answer = await ask('twice');
    expect(answer).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['query', 'appId'], type: 'id_ambiguous', msg: expect.stringContaining(other) }] },
    });
    expect((await explain('twice', '?appId=two')).message.id).toBe(elsewhere.id);
    expect(await explain('twice', '?appId=one')).toMatchObject({
      message: { id: newer.id },
      notes: [expect.stringContaining('a moment after'), expect.stringContaining(older.id)],
    });
  });

  it('shows a portal its own application alone', async () => {
    const two = (await scene.call('POST', '/api/v1/app', { name: 'Three', uid: 'three' })).body.id as ApplicationId;
    const mine = await publish({ applicationId: two, eventId: 'shared' });
    const notMine = await publish({ eventId: 'shared' });
    await explain(mine.id);
    await explain(notMine.id);
    const token = await portalToken(scene, { key: scene.key }, two);
    expect((await ask(mine.id, '', token)).body).toMatchObject({ message: { id: mine.id } });
    // What another application calls the same is not there for it, and so not ambiguous.
    expect((await ask('shared', '', token)).body).toMatchObject({ message: { id: mine.id } });
    expect((await ask('shared', '?appId=three', token)).status).toBe(200);
    for (const query of ['', '?appId=three', '?appId=one', `?appId=${app}`]) {
      expect((await ask(notMine.id, query, token)).status).toBe(404);
    }
  });

  it('says why something is parked, when it was, and what has to happen', async () => {
    const off = await endpoint({ uid: 'off', eventTypes: ['parking'] });
    await patch('off', { disabled: true });
    const message = await publish({ eventType: 'parking' });
    await scene.tell(matched(message, off), {
      kind: 'parked',
      ...about(message, off, 9),
      reason: 'endpoint-disabled',
    });
    const out = await soon(message, (now) => of(now, off)?.rule.kind === 'disabled');
    expect(of(out, off)).toMatchObject({
      verdict: 'pending',
      rule: { kind: 'disabled', clause: 'owner' },
      next: { what: 'enable' },
      stages: [{ name: 'accepted' }, { name: 'matched' }, { name: 'queued', ms: 5 }, { name: 'parked', reason: 'endpoint-disabled' }],
    });
    await patch('off', { disabled: false });
    expect(of(await explain(message.id), off)).toMatchObject({ next: { what: 'release' }, changedAt: expect.any(String) });
    await scene.tell({ kind: 'released', ...about(message, off, 40) }, { kind: 'fate', ...about(message, off, 50), fate: 'expired' });
    const ended = await soon(message, verdict(off, 'expired'));
    expect(of(ended, off)?.stages.slice(-3).map(({ name, ms }) => [name, ms])).toEqual([
      ['parked', 31],
      ['released', 10],
      ['expired', undefined],
    ]);
  });

  it('tells of an open breaker when it is asked next, and of silence until when', async () => {
    const down = await endpoint({ uid: 'down', eventTypes: ['lanes'] });
    const silent = await endpoint({ uid: 'silent', eventTypes: ['lanes'] });
    const message = await publish({ eventType: 'lanes' });
    const untilMs = Date.now() + HOUR;
    const nextAttemptAtMs = Date.now() + 2 * HOUR;
    await scene.remember({ endpointId: down, applicationId: app, breaker: { untilMs, openings: 3 } });
    await scene.remember({ endpointId: silent, applicationId: app, pausedUntilMs: untilMs });
    await scene.tell(
      matched(message, down, silent),
      attempt(message, down, 9, { reason: 'breaker-open', timing: { totalMs: 0 }, nextAttemptAtMs }),
      { kind: 'parked', ...about(message, silent, 9), reason: 'lane-paused' },
    );
    const at = new Date(untilMs).toISOString();
    const out = await soon(message, (now) => of(now, down)?.next.what === 'probe' && of(now, silent)?.next.at === at);
    expect(of(out, down)).toMatchObject({
      verdict: 'pending',
      rule: { kind: 'breaker-open' },
      next: { what: 'probe', at, why: expect.stringContaining(new Date(nextAttemptAtMs).toISOString()) },
    });
    expect(of(out, silent)).toMatchObject({ rule: { kind: 'throttled' }, next: { what: 'release', at } });
  });

  it('judges an endpoint by what it was when the message was matched', async () => {
    const changing = await endpoint({ uid: 'changing', eventTypes: ['b'] });
    const gone = await endpoint({ uid: 'gone' });
    await scene.call('DELETE', '/api/v1/app/one/endpoint/gone');
    const message = await publish({ eventType: 'history', acceptedAtMs: Date.now() + 1_100 });
    await scene.tell(matched(message));
    await until(async () => Date.now() > message.acceptedAtMs + 100, { timeoutMs: 5_000, what: 'the clock to be past it' });
    const late = await endpoint({ uid: 'late' });
    await patch('changing', { eventTypes: ['history'] });
    const out = await soon(message, (now) => now.message.matchedAt !== null);
    expect(out.summary).toMatch(/^It was matched to none of \d endpoints\.$/);
    // As it is now it asks for it.
    expect(of(out, changing)).toMatchObject({
      rule: { kind: 'event-type', clause: 'b' },
      changedAt: expect.any(String),
    });
    expect(of(out, late)).toMatchObject({ rule: { kind: 'created-later' } });
    expect(of(out, main)).toMatchObject({ rule: { kind: 'unknown' } });
    expect(of(out, gone)).toBeUndefined();
    const asked = await explain(message.id, '?endpointId=gone');
    expect(asked.endpoints).toMatchObject([{ endpointId: gone, verdict: 'not-matched', rule: { kind: 'deleted' } }]);
    expect((await ask(message.id, '?endpointId=nobody')).status).toBe(404);
    await scene.call('DELETE', '/api/v1/app/one/endpoint/late');
    await scene.call('DELETE', '/api/v1/app/one/endpoint/changing');
  });

  it('tells what was asked for again, and of a deleted endpoint that nothing comes', async () => {
    const owner = await endpoint({ uid: 'owner', eventTypes: ['again'] });
    const message = await publish({ eventType: 'again', onlyEndpointId: owner });
    await scene.tell(
      matched(message, owner),
      attempt(message, owner, 9, { fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' }),
    );
    await soon(message, verdict(owner, 'dead'));
    const asked = await scene.call('POST', `/api/v1/app/one/msg/${message.id}/endpoint/owner/resend`);
    expect(asked.status).toBe(202);
    const out = await soon(message, verdict(owner, 'pending'));
    expect(of(out, owner)).toMatchObject({ redeliveries: 1, rule: { kind: 'on-its-way' }, next: { what: 'attempt' } });
    expect(of(out, owner)?.stages.at(-1)?.name).toBe('redelivered');
    expect(of(out, main)).toMatchObject({ rule: { kind: 'only-endpoint' } });
    await scene.call('DELETE', '/api/v1/app/one/endpoint/owner');
    expect(of(await explain(message.id), owner)).toMatchObject({ rule: { kind: 'deleted' }, next: { what: 'cancel' } });
    await scene.tell({ kind: 'fate', ...about(message, owner, 900), redelivery: 1, fate: 'cancelled' });
    expect(of(await soon(message, verdict(owner, 'cancelled')), owner)).toMatchObject({ rule: { kind: 'cancelled' } });
  });

  it('shows pages of very many endpoints, those of the message first', async () => {
    const message = await publish();
    await scene.tell(matched(message, main, typed));
    const whole = await soon(message, verdict(main, 'pending'));
    const seen: string[] = [];
    let iterator: string | null = '';
    while (iterator !== null) {
      const query = iterator === '' ? '?limit=1' : `?limit=1&iterator=${iterator}`;
      const page: ExplainOut = await explain(message.id, query);
      expect(page.counts).toEqual(whole.counts);
      seen.push(...page.endpoints.map(({ endpointId }) => endpointId));
      iterator = page.iterator;
      expect(page.done).toBe(iterator === null);
    }
    expect(seen).toEqual(whole.endpoints.map(({ endpointId }) => endpointId));
    expect(seen.slice(0, 2)).toEqual([main, typed].sort());
  });
});
