import { describe, expect, it } from '@jest/globals';
import { readDeadLetter, readDelivery, TOPICS, type Delivery } from '@signpost/contracts';
import { aDelivery, anEndpoint, answered, open, recordOf, settle } from './dispatch.fixture.js';

describe('what a run of a delivery has met with', () => {
  it('travels with it from its first failure on, and stands in its dead letter', async () => {
    const { endpoint, hand, sender, log } = await open();
    hand('fresh', { first: recordOf(aDelivery(endpoint)) });
    sender.requests[0]?.answer(answered(503));
    await settle();
    const [retry] = log.of(TOPICS.retry('5s'));
    const { failures } = readDelivery(retry?.headers);
    expect(failures).toMatchObject({ last: 'http:503', lastStatus: 503 });
    expect(failures?.lastAtMs).toBe(failures?.firstAtMs);
    const back: Delivery = {
      ...readDelivery(retry?.headers),
      failures: { firstAtMs: 1_000, lastAtMs: 1_000, last: 'x' },
    };
    hand('returning', { second: recordOf({ ...back, attempt: 3 }) });
    sender.requests[1]?.answer({ kind: 'network-error', code: 'PROXY_UNREACHABLE', timing: { totalMs: 1 } });
    await settle();
    const [record] = log.of(TOPICS.deadLetter);
    const letter = readDeadLetter(record?.headers);
    expect(letter).toMatchObject({
      reason: 'attempts-exhausted',
      reasonClass: 'platform',
      attempts: 3,
      firstFailureAtMs: 1_000,
      lastFailure: 'network:PROXY_UNREACHABLE',
      redrives: 0,
      origin: { topic: TOPICS.returning, partition: 3, timestampType: 'CreateTime', consumerGroup: 'dispatcher' },
    });
    expect(letter).not.toHaveProperty('lastStatus');
    expect(letter.origin.timestampMs).toBeGreaterThan(0);
  });

  it('is nothing, and costs nothing, for what arrives at once', async () => {
    const { endpoint, hand, sender, log } = await open();
    sender.always = answered(200);
    hand('fresh', { one: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(log.records.map(({ topic }) => topic)).toEqual([TOPICS.journal]);
  });

  it('stays with it while it is parked, beside why it was', async () => {
    const endpoint = anEndpoint({ disabled: true });
    const { hand, log } = await open({}, undefined, endpoint);
    const failures = { firstAtMs: 1_000, lastAtMs: 2_000, last: 'http:500', lastStatus: 500 };
    hand('returning', { failed: recordOf(aDelivery(endpoint, { attempt: 2, failures })) });
    await settle();
    const parked = readDelivery(log.of(TOPICS.parked)[0]?.headers);
    expect(parked).toMatchObject({ failures, parkedFor: 'endpoint-disabled' });
  });

  it('keeps its first failure where it dies at once', async () => {
    const { endpoint, hand, sender, log } = await open();
    const failures = { firstAtMs: 1_000, lastAtMs: 2_000, last: 'http:502', lastStatus: 502 };
    hand('returning', { last: recordOf(aDelivery(endpoint, { attempt: 2, failures })) });
    sender.requests[0]?.answer(answered(410));
    await settle();
    expect(readDeadLetter(log.of(TOPICS.deadLetter)[0]?.headers)).toMatchObject({
      reason: 'gone',
      attempts: 2,
      firstFailureAtMs: 1_000,
      lastFailure: 'http:410',
      lastStatus: 410,
    });
  });
});
