import { describe, expect, it } from '@jest/globals';
import { readDelivery, type Delivery } from '@signpost/contracts';
import { attemptSpan, deliveryContext } from '@signpost/domain';
import { Tracing, type Span } from '@signpost/observability';
import { aDelivery, anEndpoint, answered, MemoryLog, open, recordOf, settle } from './dispatch.fixture.js';

class KeptSpans extends Tracing {
  override readonly isOn = true;
  readonly spans: Span[] = [];

  override samples(): boolean {
    return false;
  }

  override record(span: Span): void {
    this.spans.push(span);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  named(name: string): readonly Span[] {
    return this.spans.filter((span) => span.name === name);
  }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const recorded = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };

async function setup(status: number, settings: NodeJS.ProcessEnv = {}, url = 'https://example.com/hook') {
  const tracing = new KeptSpans();
  const log = new MemoryLog();
  const made = await open(settings, log, anEndpoint({ url, retrySchedule: [5_000] }), log, tracing);
  made.sender.always = answered(status);
  const send = async (changes: Partial<Delivery> = {}, order: 'fresh' | 'returning' = 'fresh') => {
    const delivery = aDelivery(made.endpoint, changes);
    made.hand(order, { one: recordOf(delivery) });
    await settle();
    return delivery;
  };
  return { ...made, tracing, send };
}

describe('the traces of deliveries', () => {
  it('tell nothing of what goes well in a trace that nobody records', async () => {
    const { tracing, send, done } = await setup(200);
    await send();
    await send({ trace: { traceparent: recorded.traceparent.replace(/01$/, '00') } });
    expect(done).toHaveLength(2);
    expect(tracing.spans).toEqual([]);
  });

  it('tell of what goes well in one that is recorded', async () => {
    const { tracing, send } = await setup(200);
    await send({ trace: recorded });
    expect(tracing.spans.map(({ name }) => name)).toEqual(['receive deliveries', 'process deliveries', 'POST']);
  });

  it('are recorded from the first failure on: what follows says so', async () => {
    const { log, send } = await setup(503);
    const delivery = await send();
    const retry = log.records.find(({ topic }) => topic.includes('retry'));
    const { trace } = readDelivery(retry?.headers);
    const { traceId, spanId } = deliveryContext({ ...delivery, run: 0 });
    expect(trace).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(String(retry?.headers?.['traceparent'])).toBe(trace?.traceparent);
    expect(String(retry?.headers?.['signpost-delivery'])).not.toContain('trace');
  });

  it('pass on what other systems say along the way', async () => {
    const { log, send } = await setup(503);
    await send({ trace: recorded });
    const retry = log.records.find(({ topic }) => topic.includes('retry'));
    expect(readDelivery(retry?.headers).trace).toEqual(recorded);
  });

  it('tell of a dead letter, and of the attempt that it died of', async () => {
    const { tracing, send } = await setup(410);
    await send();
    const [death] = tracing.named('send deliveries.dead-letter');
    expect(death).toMatchObject({
      error: 'gone',
      parentSpanId: tracing.named('process deliveries')[0]?.context.spanId,
    });
  });

  it('link a redelivery, a trace of its own, with the last attempt before it', async () => {
    const { tracing, send, endpoint } = await setup(503);
    const first = await send();
    const again = { redelivery: { number: 1, attemptsBefore: 1 }, attempt: 2 };
    await send({ ...first, ...again }, 'returning');
    const [one, two] = tracing.named('POST');
    expect(one?.links).toBeUndefined();
    expect(two?.context.traceId).not.toBe(one?.context.traceId);
    expect(two?.links).toEqual([{ traceId: one?.context.traceId, spanId: attemptSpan(first.id, 1) }]);
    expect(two?.attributes).toMatchObject({ 'signpost.redelivery.number': 1, 'signpost.endpoint.id': endpoint.id });
  });

  it('are named to receivers only if a setting says so, and what others say along the way never is', async () => {
    const off = await setup(200);
    await off.send({ trace: recorded });
    expect(off.sender.requests[0]?.request.headers).not.toHaveProperty('traceparent');
    const on = await setup(200, { DISPATCHER_SEND_TRACEPARENT: 'true' });
    const { id } = await on.send({ trace: recorded });
    const headers = on.sender.requests[0]?.request.headers ?? {};
    expect(headers['traceparent']).toBe(`00-${TRACE}-${attemptSpan(id, 1)}-01`);
    expect(headers).not.toHaveProperty('tracestate');
    expect(Object.keys(headers)).not.toContain('baggage');
  });

  it('show no query of an endpoint', async () => {
    const { tracing, send } = await setup(503, {}, 'https://example.com/hook?token=secret-word');
    await send();
    expect(JSON.stringify(tracing.spans)).not.toContain('secret-word');
    expect(tracing.named('POST')[0]?.attributes['url.full']).toBe('https://example.com/hook?REDACTED');
  });

  it('tell of an unreadable record by itself', async () => {
    const { tracing, hand } = await setup(200);
    hand('fresh', { broken: { headers: {}, value: Buffer.from('{}') } });
    await settle();
    expect(tracing.named('process deliveries')).toMatchObject([{ error: 'record_unreadable' }]);
  });
});
