import { afterEach, describe, expect, it } from '@jest/globals';
import { readDelivery, TOPICS } from '@signpost/contracts';
import { checkSignature, newId, type Endpoint } from '@signpost/domain';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { Scene, type KeptRecord } from './scene.js';

const handler = (body: string) => `function handler(webhook) { ${body} }`;

describe("an endpoint's transformation", () => {
  let scene: Scene;
  afterEach(() => scene.close());

  const transforming = (code: string, version = 1): Pick<Endpoint, 'transformation'> => ({
    transformation: { version, sealedCode: scene.seal(code) },
  });

  it('makes what is sent and signed, once for all attempts', async () => {
    scene = await Scene.open();
    const waiting: KeptRecord[] = [];
    await scene.keep(TOPICS.retry('1s'), waiting);
    await scene.start(retrySchedulerRole);
    scene.receiver.playAt('/made', 500, 200);
    const code = handler(`
      webhook.method = 'PUT';
      webhook.url = webhook.url.replace('/in', '/made');
      webhook.headers['x-number'] = String(webhook.payload.data.number);
      webhook.payload = { text: webhook.eventType, chance: Math.random(), at: Date.now() };
      return webhook;`);
    const endpoint = await scene.endpoint('/in', { ...transforming(code), retrySchedule: [1_000] });
    const [delivery] = await scene.deliver(endpoint);
    await scene.receiver.received(1, '/made');
    // Whatever its owner makes of it meanwhile.
    await scene.put({
      ...endpoint,
      version: 2,
      ...transforming(handler('webhook.payload = { v: 2 }; return webhook;'), 2),
    });
    const [first, second] = await scene.receiver.received(2, '/made');
    expect(first).toMatchObject({ method: 'PUT', headers: { 'x-number': '0', 'webhook-id': delivery?.messageId } });
    expect(second?.body).toEqual(first?.body);
    expect(second).toMatchObject({ method: 'PUT', headers: { 'x-number': '0' } });
    expect(JSON.parse(first?.body.toString() ?? '')).toMatchObject({
      text: 'message.sent',
      at: delivery?.acceptedAtMs,
    });
    const signed = {
      headers: (second?.headers ?? {}) as Record<string, string>,
      body: second?.body ?? Buffer.alloc(0),
    };
    expect(checkSignature(signed, endpoint.secret, Date.now())).toMatchObject({ isValid: true });
    expect(readDelivery(waiting[0]?.headers).made).toMatchObject({ version: 1 });
  });

  it('may decline a message, and fail on one until its owner has mended it', async () => {
    scene = await Scene.open();
    await scene.start(retrySchedulerRole);
    const choosy = await scene.endpoint('/choosy', transforming(handler('webhook.cancel = true; return webhook;')));
    const [declined] = await scene.deliver(choosy);
    const broken = await scene.endpoint('/broken', {
      ...transforming(handler('return null.x;')),
      retrySchedule: [1_000],
    });
    await scene.deliver(broken);
    const facts = await scene.facts$(1, (fact) => fact.kind === 'fate');
    expect(facts).toMatchObject([{ deliveryId: declined?.id, fate: 'declined', transformation: 1 }]);
    const [failed] = await scene.facts$(1, (fact) => fact.kind === 'attempt');
    expect(failed).toMatchObject({ reason: 'transformation:threw', responseBody: expect.stringContaining('line 1') });
    await scene.put({
      ...broken,
      version: 2,
      ...transforming(handler('webhook.payload = "mended"; return webhook;'), 2),
    });
    const [request] = await scene.receiver.received(1, '/broken');
    expect(request?.body.toString()).toBe('mended');
    expect(request?.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(scene.arrivals('/choosy').size).toBe(0);
  });

  it("of one application that loops, allocates and recurses delays no other application's", async () => {
    scene = await Scene.open({ TRANSFORMATION_WORKERS: '2', TRANSFORMATION_CPU_MS: '100' });
    await scene.start();
    const applicationId = newId('app', Date.now());
    const hostile = [
      handler('for (;;);'),
      handler('const all = []; for (;;) all.push(new Array(1000).fill(7));'),
      handler('return handler(webhook);'),
      handler('new Array(1e9).join("x"); return webhook;'),
      handler('let x = []; for (let i = 0; i < 1e5; i++) x = [x]; webhook.payload = x; return webhook;'),
    ];
    const others = await Promise.all(
      hostile.map((code, number) =>
        scene.endpoint(`/hostile-${String(number)}`, { applicationId, ...transforming(code) }),
      ),
    );
    const plain = await scene.endpoint('/plain');
    const made = await scene.endpoint('/kept', transforming(handler('webhook.payload.seen = true; return webhook;')));
    const owed = 40;
    await Promise.all(others.map((endpoint) => scene.deliver(endpoint, owed)));
    await scene.facts$(1, (fact) => fact.kind === 'attempt' && fact.applicationId === applicationId);
    await Promise.all([scene.deliver(plain, 200), scene.deliver(made, 200)]);
    await scene.until(
      'everybody else to be served',
      () => scene.arrivals('/plain').size + scene.arrivals('/kept').size === 400,
    );
    const hostileAttempts = scene.facts.filter(
      (fact) => fact.kind === 'attempt' && fact.applicationId === applicationId,
    );
    // They were still at it.
    expect(hostileAttempts.length).toBeLessThan(owed * hostile.length);
    const reasons = new Set(hostileAttempts.map((fact) => (fact.kind === 'attempt' ? fact.reason : '')));
    for (const reason of reasons) expect(reason).toMatch(/^transformation:(timeout|memory|too-deep)$/);
  });
});
