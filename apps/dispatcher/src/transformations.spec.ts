import { describe, expect, it } from '@jest/globals';
import { readDeadLetter, readDelivery, TOPICS, type Delivery } from '@signpost/contracts';
import { checkSignature, newSymmetricSecret, type AttemptResult, type Endpoint } from '@signpost/domain';
import { aDelivery, anEndpoint, answered, BOX, open, recordOf, settle } from './dispatch.fixture.js';

const CODE = 'function handler(webhook) { return webhook; }';
const seal = (text: string) => BOX.seal(Buffer.from(text));
const transforming = (changes: Partial<Endpoint> = {}) =>
  anEndpoint({ transformation: { version: 1, sealedCode: seal(CODE) }, ...changes });
const MADE = {
  kind: 'made',
  method: 'PUT',
  path: '/crm?key=secret-key',
  headers: { 'x-made': 'secret-value', 'content-type': 'text/csv' },
  body: 'made,by,it',
} as const;

const scene = (endpoint = transforming()) => open({}, undefined, endpoint);
type Scene = Awaited<ReturnType<typeof scene>>;

/** Owes a delivery, and answers its request. */
async function attempt({ hand, sender, log }: Scene, delivery: Delivery, payload: string, result: AttemptResult) {
  const sent = sender.requests.length;
  hand(delivery.attempt === 1 ? 'fresh' : 'returning', { one: recordOf(delivery, payload) });
  await settle();
  sender.requests[sent]?.answer(result);
  await settle();
  return { request: sender.requests[sent]?.request, log };
}

/** The delivery that waits in a tier, as it comes back. */
function retried({ log }: Scene): { readonly delivery: Delivery; readonly payload: string } {
  const record = log.records.findLast(({ topic }) => topic.startsWith('deliveries.retry'));
  return { delivery: readDelivery(record?.headers), payload: record?.value?.toString() ?? '' };
}

describe('a delivery of an endpoint with a transformation', () => {
  it('goes out as the transformation made it, and is signed so', async () => {
    const secret = newSymmetricSecret();
    const one = await scene(
      transforming({ secrets: [seal(secret)], headers: { 'x-own': seal('own'), 'x-made': seal('own') } }),
    );
    one.transformer.make = () => MADE;
    const delivery = aDelivery(one.endpoint);
    const { request } = await attempt(one, delivery, '{"a":1}', answered(200));
    expect(one.transformer.runs).toEqual([
      {
        applicationId: one.endpoint.applicationId,
        code: CODE,
        input: {
          url: one.endpoint.url,
          eventType: delivery.eventType,
          payload: Buffer.from('{"a":1}'),
          atMs: delivery.acceptedAtMs,
        },
      },
    ]);
    expect(request).toMatchObject({
      method: 'PUT',
      url: 'https://example.com/crm?key=secret-key',
      body: Buffer.from('made,by,it'),
      headers: {
        'x-own': 'own',
        'x-made': 'secret-value',
        'content-type': 'text/csv',
        'webhook-id': delivery.messageId,
      },
    });
    const signed = { headers: request?.headers ?? {}, body: Buffer.from('made,by,it') };
    expect(checkSignature(signed, secret, Date.now())).toMatchObject({ isValid: true });
    expect(one.done).toEqual(['one']);
    expect(one.log.facts.at(-1)).toMatchObject({ kind: 'attempt', fate: 'delivered', url: request?.url });
  });

  it('keeps its bytes where the transformation left them alone', async () => {
    const one = await scene();
    const payload = '{"a": 12345678901234567890}';
    const { request } = await attempt(one, aDelivery(one.endpoint), payload, answered(200));
    expect(request).toMatchObject({ url: one.endpoint.url, body: Buffer.from(payload) });
    expect(request).not.toHaveProperty('method');
  });

  it('is made once: a retry sends the same, whatever the code and the URL are by then', async () => {
    const one = await scene();
    one.transformer.make = () => MADE;
    const first = await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(500));
    const { delivery, payload } = retried(one);
    expect(payload).toBe('made,by,it');
    expect(delivery.made).toMatchObject({ version: 1 });
    one.transformer.make = () => ({ kind: 'made', body: 'of version 2' });
    one.put({
      ...one.endpoint,
      version: 2,
      url: 'https://example.com/moved',
      transformation: { version: 2, sealedCode: seal(CODE) },
    });
    const second = await attempt(one, delivery, payload, answered(500));
    expect(second.request?.body).toEqual(first.request?.body);
    expect(second.request).toMatchObject({
      method: 'PUT',
      url: first.request?.url,
      headers: { 'x-made': 'secret-value' },
    });
    // Even one that is switched off since.
    const { transformation: _, ...plain } = one.endpoint;
    one.put({ ...plain, version: 3 });
    const third = await attempt(one, { ...retried(one).delivery, attempt: 3 }, retried(one).payload, answered(500));
    expect(third.request?.body).toEqual(first.request?.body);
    expect(one.transformer.runs).toHaveLength(1);
    const [letter] = one.log.of(TOPICS.deadLetter);
    expect(letter?.value?.toString()).toBe('made,by,it');
    expect(readDeadLetter(letter?.headers)).toMatchObject({ reason: 'attempts-exhausted', lastFailure: 'http:500' });
  });

  it('names in each attempt the version that made its request, or failed to', async () => {
    const one = await scene();
    const versions = () => one.log.facts.map((fact) => (fact.kind === 'attempt' ? fact.transformation : fact.kind));
    one.transformer.make = () => ({ kind: 'fault', code: 'threw', message: 'boom' });
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    expect(versions()).toEqual([1]);
    one.transformer.make = () => ({ kind: 'made', body: 'plain' });
    one.put({ ...one.endpoint, version: 2, transformation: { version: 2, sealedCode: seal('mended') } });
    await attempt(one, retried(one).delivery, retried(one).payload, answered(500));
    one.put({ ...one.endpoint, version: 3, transformation: { version: 3, sealedCode: seal('newer') } });
    await attempt(one, { ...retried(one).delivery, attempt: 3 }, retried(one).payload, answered(200));
    expect(versions()).toEqual([1, 2, 2]);
    one.transformer.make = () => MADE;
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    expect(versions().at(-1)).toBe(3);
    const { transformation: _, ...plain } = one.endpoint;
    one.put({ ...plain, version: 4 });
    await attempt(one, aDelivery({ ...plain, version: 4 }), '{"a":1}', answered(200));
    expect(versions()).toEqual([1, 2, 2, 3, undefined]);
  });

  it('shows nothing secret of what was made in any topic', async () => {
    const one = await scene();
    one.transformer.make = () => ({ ...MADE, path: '/crm' });
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(500));
    const all = one.log.records.map(({ headers, value }) => `${JSON.stringify(headers)} ${value?.toString() ?? ''}`);
    const carried = all.filter((text) => !text.includes('"kind":"attempt"')).join('\n');
    expect(carried).not.toContain('secret-value');
    expect(JSON.stringify(retried(one).delivery)).not.toContain('x-made');
  });

  it('is declined without a request when the transformation says so', async () => {
    const one = await scene();
    one.transformer.make = () => ({ kind: 'declined' });
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    expect(one.sender.requests).toEqual([]);
    expect(one.log.facts).toMatchObject([{ kind: 'fate', fate: 'declined', transformation: 1 }]);
    expect(one.done).toEqual(['one']);
    expect(await one.metrics.registry.metrics()).toContain('signpost_deliveries_declined_total 1');
  });

  it('fails by a fault of the code, is retried with the version in force then, and says what is wrong', async () => {
    const one = await scene();
    one.transformer.make = () => ({
      kind: 'fault',
      code: 'threw',
      message: 'The code threw Error: boom (line 3).',
      line: 3,
    });
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    expect(one.sender.requests).toEqual([]);
    expect(one.log.facts.at(-1)).toMatchObject({
      kind: 'attempt',
      outcome: 'failed',
      reason: 'transformation:threw',
      responseBody: expect.stringContaining(
        'version 1 of the transformation failed. The code threw Error: boom (line 3).',
      ),
    });
    const { delivery, payload } = retried(one);
    expect({ made: delivery.made, payload }).toEqual({ made: undefined, payload: '{"a":1}' });
    one.transformer.make = () => MADE;
    one.put({ ...one.endpoint, version: 2, transformation: { version: 2, sealedCode: seal('mended') } });
    const second = await attempt(one, delivery, payload, answered(200));
    expect(one.transformer.runs.at(-1)?.code).toBe('mended');
    expect(second.request?.body.toString()).toBe('made,by,it');
  });

  it("ends as its owner's dead letter when nobody mends the code", async () => {
    const one = await scene(transforming({ retrySchedule: [] }));
    one.transformer.make = () => ({ kind: 'fault', code: 'timeout', message: 'too long' });
    await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    const [letter] = one.log.of(TOPICS.deadLetter);
    expect(readDeadLetter(letter?.headers)).toMatchObject({
      lastFailure: 'transformation:timeout',
      reasonClass: 'customer',
    });
    expect(letter?.value?.toString()).toBe('{"a":1}');
  });

  it('opens no breaker by faults of the code: the receiver was not asked', async () => {
    const one = await scene(transforming({ retrySchedule: [5_000] }));
    one.transformer.make = () => ({ kind: 'fault', code: 'threw', message: 'boom' });
    for (let time = 0; time < 20; time += 1) await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    one.transformer.make = () => MADE;
    const { request } = await attempt(one, aDelivery(one.endpoint), '{"a":1}', answered(200));
    expect(request?.body.toString()).toBe('made,by,it');
  });

  it('sends nothing while what was made cannot be opened', async () => {
    const one = await scene();
    const made = { version: 1, request: 'sealed by somebody else' };
    await attempt(one, aDelivery(one.endpoint, { attempt: 2, made }), 'made,by,it', answered(200));
    expect(one.sender.requests).toEqual([]);
    expect(one.log.facts.at(-1)).toMatchObject({ kind: 'attempt', reason: 'secret-unreadable' });
  });

  it('of a lost assignment decides nothing', async () => {
    const one = await scene();
    let make: (outcome: { kind: 'declined' }) => void = () => undefined;
    one.transformer.make = () => new Promise((resolve) => (make = resolve));
    one.hand('fresh', { one: recordOf(aDelivery(one.endpoint)) });
    await settle();
    one.leases.fresh.lost = true;
    make({ kind: 'declined' });
    await settle();
    expect(one.log.facts).toEqual([]);
    expect(one.done).toEqual([]);
  });
});
