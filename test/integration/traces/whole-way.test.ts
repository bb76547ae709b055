import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { Endpoint } from '@signpost/domain';
import type { CollectedSpan } from '@signpost/testing';
import { CALLER, TRACE, TracedScene } from './scene.js';

let traced: TracedScene;

beforeAll(async () => {
  traced = await TracedScene.open();
});
afterAll(async () => {
  await traced.close();
});

const named = (spans: readonly CollectedSpan[], name: string, endpoint?: Endpoint): readonly CollectedSpan[] =>
  spans.filter(
    (span) => span.name === name && (endpoint === undefined || span.attributes['signpost.endpoint.id'] === endpoint.id),
  );

function one(spans: readonly CollectedSpan[], name: string, endpoint?: Endpoint): CollectedSpan {
  const [found, ...more] = named(spans, name, endpoint);
  expect(more).toEqual([]);
  if (found === undefined) throw new Error(`no span ${name}`);
  return found;
}

describe('the trace of an event', () => {
  it('leads from its caller through every hop to the answers of both endpoints, and through the retry of one', async () => {
    const application = await traced.scene.application();
    const quick = await traced.endpoint(application, '/quick');
    const failing = await traced.endpoint(application, '/failing?key=secret-of-the-owner');
    traced.receiver.playAt('/failing', 503, 200);
    const traceparent = `00-${TRACE}-${CALLER}-01`;
    const id = await traced.publish(application, {
      traceparent,
      tracestate: 'vendor=1,other=2',
      baggage: 'customer=secret-baggage',
    });
    const server = await traced.collector.span('the request', ({ kind }) => kind === 'server');
    const spans = await traced.until(id, 'POST', 3);

    for (const span of [server, ...spans]) {
      expect(span).toMatchObject({ traceId: TRACE, traceState: 'vendor=1,other=2', service: 'signpost' });
      expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
    }
    expect(server).toMatchObject({
      name: 'POST /api/v1/app/:appId/msg',
      parentSpanId: CALLER,
      status: 'unset',
      attributes: { 'http.response.status_code': 202, 'http.route': '/api/v1/app/:appId/msg' },
    });
    const accepted = one(spans, 'send messages');
    expect(accepted).toMatchObject({ kind: 'producer', parentSpanId: server.spanId });
    expect(accepted.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': `${traced.scene.env['KAFKA_TOPIC_PREFIX'] ?? ''}messages`,
      'signpost.message.id': id,
      'signpost.application.id': application.id,
    });
    const matched = one(spans, 'process messages');
    expect(matched).toMatchObject({ kind: 'consumer', parentSpanId: accepted.spanId });
    expect(matched.attributes['signpost.deliveries']).toBe(2);

    const sent = one(spans, 'send deliveries', quick);
    expect(sent).toMatchObject({ kind: 'producer', parentSpanId: matched.spanId });
    const taken = one(spans, 'process deliveries', quick);
    expect(taken).toMatchObject({ kind: 'consumer', parentSpanId: sent.spanId, status: 'unset' });
    const post = one(spans, 'POST', quick);
    expect(post).toMatchObject({ kind: 'client', parentSpanId: taken.spanId, status: 'unset', links: [] });
    expect(post.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': traced.receiver.port,
      'url.full': traced.receiver.url('/quick'),
      'signpost.attempt.number': 1,
    });

    const sentFailing = one(spans, 'send deliveries', failing);
    const [first, second] = named(spans, 'POST', failing);
    expect(first).toMatchObject({ status: 'error', links: [] });
    expect(first?.attributes).toMatchObject({
      'error.type': '503',
      'http.response.status_code': 503,
      'url.full': traced.receiver.url('/failing?REDACTED'),
    });
    expect(second).toMatchObject({ status: 'unset', links: [{ traceId: TRACE, spanId: first?.spanId }] });
    expect(second?.attributes).toMatchObject({ 'signpost.attempt.number': 2, 'http.request.resend_count': 1 });
    const retry = one(spans, 'send deliveries.retry.1s', failing);
    const tried = one(spans, 'process deliveries', failing);
    expect(tried).toMatchObject({ parentSpanId: sentFailing.spanId, spanId: first?.parentSpanId, status: 'error' });
    expect(retry).toMatchObject({ kind: 'producer', parentSpanId: tried.spanId });
    const waited = one(spans, 'process deliveries.retry.1s', failing);
    expect(waited).toMatchObject({ kind: 'consumer', parentSpanId: sentFailing.spanId });
    expect(waited.endMs - waited.startMs).toBeGreaterThanOrEqual(1_000);
    const again = one(spans, 'process deliveries.returning', failing);
    expect(again).toMatchObject({ parentSpanId: sentFailing.spanId, spanId: second?.parentSpanId });
  });

  it('is linked by the batches that its records were taken in with', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/batch');
    const id = await traced.publish(application, { traceparent: `00-${TRACE}-${CALLER}-01` });
    const spans = await traced.until(id, 'POST');
    for (const [topic, hop] of [
      ['receive messages', 'send messages'],
      ['receive deliveries', 'send deliveries'],
    ] as const) {
      const link = { traceId: TRACE, spanId: one(spans, hop).spanId };
      const batch = await traced.collector.span(
        topic,
        ({ name, links }) => name === topic && links.some(({ spanId }) => spanId === link.spanId),
      );
      expect(batch).toMatchObject({ kind: 'client', parentSpanId: '' });
      expect(batch.links).toContainEqual(link);
      expect(batch.traceId).not.toBe(TRACE);
    }
  });

  it('is told to no receiver, nor is what others say along the way', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/told');
    await traced.publish(application, {
      traceparent: `00-${TRACE}-${CALLER}-01`,
      tracestate: 'vendor=1',
      baggage: 'customer=1',
    });
    const [request] = await traced.receiver.received(1, '/told');
    expect(Object.keys(request?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(traceparent|tracestate|baggage)$/)]),
    );
    expect(JSON.stringify(request?.headers)).not.toMatch(/0af7651916cd43dd|vendor|customer/);
  });

  it('travels in headers of its own, which other tools read, and baggage in none', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/headers');
    const messages = await traced.scene.keep(TOPICS.messages);
    const deliveries = await traced.scene.keep(TOPICS.deliveries);
    const before = [messages.length, deliveries.length] as const;
    const unknown = `00-${TRACE}-${CALLER}-00`;
    const id = await traced.publish(application, { traceparent: unknown, tracestate: 'a=1', baggage: 'b=1' });
    await traced.scene.until('both records', () => messages.length > before[0] && deliveries.length > before[1]);
    expect(id).toBeDefined();
    for (const record of [messages[before[0]], deliveries[before[1]]]) {
      expect(String(record?.headers['traceparent'])).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
      expect(String(record?.headers['tracestate'])).toBe('a=1');
      expect(record?.headers).not.toHaveProperty('baggage');
    }
  });
});
