import { describe, expect, it } from '@jest/globals';
import { readMessage, TOPICS } from '@signpost/contracts';
import { newId, type Application } from '@signpost/domain';
import { Log, Metrics, NoTracing } from '@signpost/observability';
import { SinkUnavailableError } from '@signpost/ports';
import { KeyedRequest } from '@signpost/runtime';
import { HeldSink, turn } from '@signpost/testing/held-sink';
import { MessageTraces } from '../message-traces.js';
import type { Draft } from './draft.js';
import { EventIdReservations } from './event-id-reservations.js';
import { Publisher } from './publisher.js';
import type { Way } from '../quotas/intake-quotas.js';

const application: Application = { id: newId('app', 0), organisationId: newId('org', 0), version: 1, name: 'a' };
const draft = (bytes = 2): Draft => ({ message: { eventType: 'a', payload: {} }, payload: Buffer.alloc(bytes, ' ') });

function setup(way: Way = TOPICS.messages): {
  sink: HeldSink;
  publish: (drafts: readonly Draft[], key?: KeyedRequest) => ReturnType<Publisher['publish']>;
} {
  const sink = new HeldSink();
  const reservations = new EventIdReservations(
    undefined,
    new Metrics({ processMetrics: false }),
    Log.create('silent', 'test'),
  );
  const publisher = new Publisher({
    traces: new MessageTraces(new NoTracing(), sink),
    sink,
    reservations,
    quotas: { wayOf: () => way },
    config: { ackTimeoutMs: 1_000, payloadLimitBytes: 10 },
  });
  return { sink, publish: (drafts, key) => publisher.publish(application, drafts, 5, key) };
}

describe('Publisher', () => {
  it('answers once Kafka has every message', async () => {
    const { sink, publish } = setup();
    let answer = 'waits';
    void publish([draft(), draft()]).then(() => (answer = 'accepted'));
    await turn();
    sink.held[0]?.acknowledge();
    await turn();
    expect(answer).toBe('waits');
    await sink.acknowledgeAll();
    expect(answer).toBe('accepted');
  });

  it('writes what is above the quota to messages.bulk, and marks it', async () => {
    const { sink, publish } = setup(TOPICS.messagesBulk);
    void publish([draft()]);
    await turn();
    const [record] = sink.of(TOPICS.messagesBulk);
    expect(record && readMessage(record).isOverQuota).toBe(true);
    expect(sink.held).toHaveLength(1);
  });

  it('answers 503 with Retry-After when one of them is not confirmed', async () => {
    const { sink, publish } = setup();
    const refused = expect(publish([draft(), draft()])).rejects.toMatchObject({
      status: 503,
      code: 'kafka_unavailable',
      retryAfterSeconds: 1,
    });
    sink.held[1]?.refuse(new SinkUnavailableError('no broker'));
    await sink.acknowledgeAll();
    await refused;
  });

  it('does not hide a bug behind a 503', async () => {
    const { sink, publish } = setup();
    const published = publish([draft()]);
    sink.held[0]?.refuse(new TypeError('a bug'));
    await expect(published).rejects.toThrow('a bug');
  });

  it('writes nothing when one payload is too large, and says which', async () => {
    const { sink, publish } = setup();
    const drafts = [draft(), { ...draft(11), index: 1 }];
    await expect(publish(drafts)).rejects.toMatchObject({
      status: 413,
      code: 'payload_too_large',
      message: expect.stringContaining('data[1].payload') as unknown,
    });
    expect(sink.held).toHaveLength(0);
  });

  it('names the messages of a repeated request as it named the first, and those of another request otherwise', async () => {
    const ids = async (key?: KeyedRequest): Promise<readonly string[]> => {
      const { sink, publish } = setup();
      const published = publish([draft(), draft()], key);
      await sink.acknowledgeAll();
      return (await published).ids;
    };
    const first = await ids(new KeyedRequest('request', 7, undefined));
    expect(new Set(first).size).toBe(2);
    await expect(ids(new KeyedRequest('request', 7, undefined))).resolves.toEqual(first);
    for (const other of [
      new KeyedRequest('another', 7, undefined),
      new KeyedRequest('request', 8, undefined),
      undefined,
    ]) {
      expect(await ids(other)).not.toEqual(first);
    }
  });
});
