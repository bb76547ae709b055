import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headerText, readDelivery, TOPICS, type AttemptFact, type JournalFact } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { Webhook } from 'standardwebhooks';
import { Scene, type KeptRecord } from './scene.js';

const isAttempt = (fact: JournalFact): fact is AttemptFact => fact.kind === 'attempt';

describe('the dispatcher, attempt by attempt', () => {
  let scene: Scene;
  let port: number;
  beforeAll(async () => {
    scene = await Scene.open({
      EGRESS_CONNECT_TIMEOUT_MS: '1000',
      EGRESS_FIRST_BYTE_TIMEOUT_MS: '1000',
      EGRESS_TOTAL_TIMEOUT_MS: '2000',
    });
    ({ port } = await scene.start());
  });
  afterAll(() => scene.close());

  const attemptOf = async (deliveryId: string): Promise<AttemptFact> => {
    const [fact] = await scene.facts$(1, (one) => isAttempt(one) && one.deliveryId === deliveryId);
    if (fact === undefined || !isAttempt(fact)) throw new Error('no attempt');
    return fact;
  };

  it('delivers the bytes as they are, signed so that any verifier accepts them', async () => {
    const own = { 'X-Tenant': scene.seal('seven'), 'webhook-id': scene.seal('forged') };
    const endpoint = await scene.endpoint('/ok', { headers: own });
    const [delivery] = await scene.deliver(endpoint);
    const [request] = await scene.receiver.received(1, '/ok');
    const headers = request?.headers as Record<string, string>;
    expect(headers).toMatchObject({
      'webhook-id': delivery?.messageId,
      'content-type': 'application/json',
      'x-tenant': 'seven',
    });
    const body = request?.body.toString() ?? '';
    expect(body).toBe('{"type":"message.sent", "data":{"number":0}}');
    expect(new Webhook(endpoint.secret).verify(body, headers)).toEqual({ type: 'message.sent', data: { number: 0 } });
    expect(() => new Webhook(endpoint.secret).verify(body.replace('0', '1'), headers)).toThrow('signature');
    expect(await attemptOf(delivery?.id ?? '')).toMatchObject({ outcome: 'delivered', fate: 'delivered', status: 200 });
  });

  it('tells the journal the headers that say something, both ways, and no secret among them', async () => {
    const endpoint = await scene.endpoint('/headers', {
      headers: { 'X-Tenant': scene.seal('seven'), Authorization: scene.seal('Bearer abc') },
    });
    const answered = { server: 'nginx', 'set-cookie': ['a=1', 'b=2'], date: 'today' };
    scene.receiver.playAt('/headers', { status: 200, headers: answered });
    const [delivery] = await scene.deliver(endpoint, 1, { channels: ['vip'], tags: ['t'] });
    const fact = await attemptOf(delivery?.id ?? '');
    expect(fact).toMatchObject({ channels: ['vip'], tags: ['t'] });
    expect(fact.requestHeaders).toEqual({ 'x-tenant': 'seven', authorization: '***' });
    expect(fact.responseHeaders).toEqual({ server: 'nginx', 'set-cookie': '***' });
    const [plain] = await scene.deliver(await scene.endpoint('/ok'));
    const without = await attemptOf(plain?.id ?? '');
    expect(without).not.toHaveProperty('requestHeaders');
    expect(without).not.toHaveProperty('responseHeaders');
  });

  it('signs with every live secret while they rotate', async () => {
    const [older, newer] = [await scene.endpoint('/unused'), await scene.endpoint('/unused')];
    const both = await scene.endpoint('/both', { secrets: [...newer.secrets, ...older.secrets] });
    await scene.deliver(both);
    const [request] = await scene.receiver.received(1, '/both');
    const [body, headers] = [request?.body.toString() ?? '', request?.headers as Record<string, string>];
    for (const { secret } of [older, newer]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  });

  it.each([
    ['500', 500, 'http:500'],
    ['404', 404, 'http:404'],
    ['a redirect', { status: 302, headers: { location: '/ok' } }, 'http:302'],
    ['no answer', 'hang', 'timeout:first-byte'],
    ['a reset', 'reset', 'network:ECONNRESET'],
    // Which name a network fault has is for the sender's own tests.
    ['no HTTP', 'garbage', /^network:[A-Z_]+$/],
  ] as const)('sends %s to its tier', async (name, step, reason) => {
    const path = `/retry-${name.replace(/ /g, '-')}`;
    scene.receiver.playAt(path, step);
    const waiting: KeptRecord[] = [];
    await scene.keep(TOPICS.retry('5s'), waiting);
    const [delivery] = await scene.deliver(await scene.endpoint(path));
    const fact = await attemptOf(delivery?.id ?? '');
    expect(fact).toMatchObject({ attempt: 1, outcome: 'failed', reason: expect.stringMatching(reason) });
    const due = fact.nextAttemptAtMs ?? 0;
    expect(due - fact.atMs).toBeGreaterThanOrEqual(5_000);
    const mine = () => waiting.map(({ headers }) => readDelivery(headers)).find(({ id }) => id === delivery?.id);
    await scene.until('the delivery in its tier', mine);
    expect(mine()).toMatchObject({ attempt: 2, wait: { next: [], dueAtMs: due } });
  });

  it('waits as long as the receiver asks, through as many tiers as that takes', async () => {
    scene.receiver.playAt('/later', { status: 429, headers: { 'retry-after': '70' } });
    const waiting: KeptRecord[] = [];
    await scene.keep(TOPICS.retry('1m'), waiting);
    await scene.deliver(await scene.endpoint('/later'));
    await scene.until('the delivery in its first tier', () => waiting.length > 0);
    expect(readDelivery(waiting[0]?.headers)).toMatchObject({ attempt: 2, wait: { next: ['10s'] } });
  });

  it('sets aside what its schedule has no more waits for, with all that a person needs', async () => {
    scene.receiver.playAt('/never', 503);
    const endpoint = await scene.endpoint('/never', { retrySchedule: [] });
    const [delivery] = await scene.deliver(endpoint);
    expect(await attemptOf(delivery?.id ?? '')).toMatchObject({
      fate: 'dead-lettered',
      deadLetterReason: 'attempts-exhausted',
    });
    const letter = () => scene.deadLetters.find(({ headers }) => readDelivery(headers).id === delivery?.id);
    await scene.until('the dead letter', letter);
    const header = (name: string) => headerText(letter()?.headers, name);
    expect(header('signpost-dead-letter-reason')).toBe('attempts-exhausted');
    expect(header('signpost-last-failure')).toBe('http:503');
    // As Kafka's own tools know them.
    expect(header('kafka_dlt-original-topic')).toMatch(/^t-.+\.deliveries$/);
    expect(header('kafka_dlt-original-consumer-group')).toMatch(/^t-.+\.dispatcher$/);
    expect(letter()?.value?.toString()).toContain('"number":0');
  });

  it('does not call an address that is not public', async () => {
    const endpoint = await scene.endpoint('/private', { url: 'http://10.0.0.1/hook' });
    const [delivery] = await scene.deliver(endpoint);
    const fact = await attemptOf(delivery?.id ?? '');
    expect(fact).toMatchObject({ fate: 'dead-lettered', deadLetterReason: 'blocked-address' });
    expect(fact.reason).toMatch(/^blocked-address:/);
  });

  it('cancels what is owed to a deleted endpoint', async () => {
    const endpoint = await scene.endpoint('/deleted');
    await scene.remove(endpoint);
    // Matched when its deletion was known: a dispatcher that has not heard of it reads on first.
    const [delivery] = await scene.deliver({ ...endpoint, version: endpoint.version + 1 });
    const facts = await scene.facts$(1, (fact) => fact.kind === 'fate' && fact.deliveryId === delivery?.id);
    expect(facts).toMatchObject([{ fate: 'cancelled' }]);
    expect(scene.arrivals('/deleted').size).toBe(0);
  });

  it('uses an endpoint as it was when the message was matched, or newer', async () => {
    const endpoint = await scene.endpoint('/before');
    const moved = { ...endpoint, version: 2, url: scene.receiver.url('/after') };
    await scene.put(moved);
    await scene.deliver(moved);
    await scene.receiver.received(1, '/after');
    expect(scene.arrivals('/before').size).toBe(0);
  });

  it('sets aside a record that is no delivery, and goes on', async () => {
    const endpoint = await scene.endpoint('/after-the-poison');
    await scene.sink.append({
      topic: TOPICS.deliveries,
      key: endpoint.id,
      value: Buffer.from('whatever'),
      headers: { 'signpost-delivery': '{' },
    });
    await scene.deliver(endpoint);
    await scene.receiver.received(1, '/after-the-poison');
    const isPoison = ({ headers }: KeptRecord) => headerText(headers, 'signpost-dead-letter-reason') === 'unreadable';
    await scene.until('the poison record', () => scene.deadLetters.some(isPoison));
    expect(scene.deadLetters.find(isPoison)?.value?.toString()).toBe('whatever');
  });

  it('counts what it did, and says that it is ready', async () => {
    await scene.deliver(await scene.endpoint('/counted'));
    const metrics = async () => (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    await until(async () => /signpost_attempts_total\{outcome="delivered"\} [1-9]/.test(await metrics()), {
      timeoutMs: 30_000,
      what: 'the attempt to be counted',
    });
    expect((await fetch(`http://127.0.0.1:${String(port)}/health/ready`)).status).toBe(200);
  });
});
