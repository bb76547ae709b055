import { describe, expect, it } from '@jest/globals';
import { newId, type Application } from '@signpost/domain';
import { SinkUnavailableError } from '@signpost/ports';
import { HeldSink, turn } from '@signpost/testing/held-sink';
import { Publisher, type Draft } from './publisher.js';

const application: Application = { id: newId('app', 0), organisationId: newId('org', 0), version: 1, name: 'a' };
const draft = (bytes = 2): Draft => ({ message: { eventType: 'a', payload: {} }, payload: Buffer.alloc(bytes, ' ') });

function setup(): { sink: HeldSink; publish: (drafts: readonly Draft[]) => Promise<unknown> } {
  const sink = new HeldSink();
  const publisher = new Publisher(sink, { ackTimeoutMs: 1_000, payloadLimitBytes: 10 });
  return { sink, publish: (drafts) => publisher.publish(application, drafts, 5) };
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

  it('writes nothing when one payload is too large', async () => {
    const { sink, publish } = setup();
    await expect(publish([draft(), draft(11)])).rejects.toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(sink.held).toHaveLength(0);
  });
});
