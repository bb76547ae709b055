import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { CALLER, TRACE, TracedScene } from './scene.js';

let traced: TracedScene;

beforeAll(async () => {
  traced = await TracedScene.open();
});
afterAll(async () => {
  await traced.close();
});

describe('of traces that nobody records', () => {
  it('a failure is told, with what led to it and all that follows, and nothing of what went well', async () => {
    const application = await traced.scene.application();
    const quick = await traced.endpoint(application, '/well');
    await traced.endpoint(application, '/ill');
    traced.receiver.playAt('/ill', 500, 200);
    const id = await traced.publish(application);
    const spans = await traced.until(id, 'POST', 2);

    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'POST',
      'POST',
      'process deliveries',
      'process deliveries.retry.1s',
      'process deliveries.returning',
      'process messages',
      'send deliveries',
      'send deliveries.retry.1s',
      'send messages',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    // One tree: each parent is told of as well.
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '');
    expect(roots.map(({ name }) => name)).toEqual(['send messages']);
    for (const { parentSpanId } of spans) expect(parentSpanId === '' || ids.has(parentSpanId)).toBe(true);
    expect(spans.some(({ attributes }) => attributes['signpost.endpoint.id'] === quick.id)).toBe(false);
    const [accepted, matched] = ['send messages', 'process messages'].map((name) =>
      spans.find((span) => span.name === name),
    );
    expect(accepted?.attributes['signpost.reconstructed']).toBe(true);
    expect(matched?.endMs).toBeGreaterThanOrEqual(accepted?.startMs ?? Infinity);
  });

  it('a caller finds the failure in the trace that it did not record itself', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/unrecorded', { retrySchedule: [] });
    traced.receiver.playAt('/unrecorded', 500);
    const id = await traced.publish(application, { traceparent: `00-${TRACE}-${CALLER}-00` });
    const spans = await traced.until(id, 'send deliveries.dead-letter');
    for (const span of spans) expect(span.traceId).toBe(TRACE);
    const death = spans.find(({ name }) => name === 'send deliveries.dead-letter');
    expect(death).toMatchObject({ kind: 'producer', status: 'error' });
    expect(death?.attributes['error.type']).toBe('attempts-exhausted');
    const letters = await traced.scene.keep(TOPICS.deadLetter);
    const letter = letters.find(({ headers }) => String(headers['traceparent']).includes(TRACE));
    expect(String(letter?.headers['traceparent'])).toMatch(/-01$/);
  });

  it('an attempt without a request is told without one: who refused it, and why', async () => {
    const application = await traced.scene.application();
    const endpoint = await traced.endpoint(application, '/', { url: 'http://10.0.0.1/' });
    const id = await traced.publish(application);
    const spans = await traced.until(id, 'process deliveries');
    const taken = spans.find(({ name }) => name === 'process deliveries');
    expect(taken).toMatchObject({ status: 'error' });
    expect(taken?.attributes).toMatchObject({ 'signpost.endpoint.id': endpoint.id });
    expect(spans.some(({ kind }) => kind === 'client')).toBe(false);
  });

  it('a rejected event is told, and a request without a key is not', async () => {
    const application = await traced.scene.application();
    await traced.publish(application, { authorization: 'Bearer wrong', traceparent: `00-${TRACE}-${CALLER}-01` });
    await traced.publish(application, { traceparent: `00-${TRACE}-00f067aa0ba902b7-00` }, '{"eventType":"a"}');
    const rejected = await traced.collector.span('the refusal', ({ kind }) => kind === 'server');
    expect(rejected).toMatchObject({ traceId: TRACE, parentSpanId: '00f067aa0ba902b7', status: 'unset' });
    expect(rejected.attributes['http.response.status_code']).toBe(422);
    expect(traced.collector.spans.some(({ parentSpanId }) => parentSpanId === CALLER)).toBe(false);
  });
});

describe('a context that is none', () => {
  const member = 'k=v';
  it.each([
    ['upper case', `00-${TRACE.toUpperCase()}-${CALLER}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${CALLER}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['too long', `00-${TRACE}-${CALLER}-01-${'a'.repeat(5_000)}`],
    ['of a version that never will be', `ff-${TRACE}-${CALLER}-01`],
    ['words', "'; DROP TABLE spans; --"],
  ])('%s: the event is taken in as if it had none', async (_, traceparent) => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/hostile', { retrySchedule: [] });
    traced.receiver.playAt('/hostile', 500);
    const id = await traced.publish(application, { traceparent });
    const spans = await traced.until(id, 'POST');
    expect(new Set(spans.map(({ traceId }) => traceId)).has(TRACE)).toBe(false);
  });

  it('a thousand members of tracestate are passed on to nobody, and the trace goes on', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/members', { retrySchedule: [] });
    traced.receiver.playAt('/members', 500);
    const tracestate = Array.from({ length: 1_000 }, () => member).join(',');
    const id = await traced.publish(application, { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate });
    const spans = await traced.until(id, 'POST');
    for (const span of spans) expect(span).toMatchObject({ traceId: TRACE, traceState: '' });
  });
});
