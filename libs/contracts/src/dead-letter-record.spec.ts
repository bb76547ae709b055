import { describe, expect, it } from '@jest/globals';
import { DEAD_LETTER_REASONS, deliveryIdOf, newId, type DeadLetterReason } from '@signpost/domain';
import fc from 'fast-check';
import {
  deadLetterHeaders,
  deadLetterOf,
  readDeadLetter,
  unreadableHeaders,
  type DeadLetter,
} from './dead-letter-record.js';
import { deliveryHeaders, readDelivery, type Delivery } from './delivery-record.js';
import { timestampTypeOf } from './dlt-headers.js';
import type { RecordHeaders } from './headers.js';
import { TOPICS } from './topics.js';
import { UnreadableRecordError } from './unreadable.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const endpointId = newId('ep', NOW);
const messageId = newId('msg', NOW);
const delivery: Delivery = {
  id: deliveryIdOf(messageId, endpointId),
  messageId,
  applicationId: newId('app', NOW),
  endpointId,
  endpointVersion: 3,
  eventType: 'lead.captured',
  acceptedAtMs: NOW,
  attempt: 8,
};
const origin = { topic: 'signpost.deliveries', partition: 7, offset: 5_000_000_000 };

/** What Kafka does to headers: every value comes back as bytes. */
const overTheWire = (headers: RecordHeaders): RecordHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

const texts = (headers: RecordHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]));

const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const died = DEAD_LETTER_REASONS.filter((reason): reason is Exclude<DeadLetterReason, 'unreadable'> => {
  return reason !== 'unreadable';
});
const failures = fc.record(
  {
    firstAtMs: time,
    lastAtMs: time,
    last: fc.string({ minLength: 1 }),
    lastStatus: fc.integer({ min: 100, max: 999 }),
  },
  { requiredKeys: ['firstAtMs', 'lastAtMs', 'last'] },
);
const anOrigin = fc.record(
  {
    topic: fc.string({ minLength: 1 }),
    partition: fc.nat(),
    offset: fc.maxSafeNat(),
    timestampMs: time,
    timestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
    consumerGroup: fc.string({ minLength: 1 }),
  },
  { requiredKeys: ['topic', 'partition', 'offset'] },
);
const letters = fc
  .record({
    delivery: fc.record({ attempt: fc.integer({ min: 2, max: 100 }), redelivery: fc.integer({ min: 0, max: 63 }) }),
    reason: fc.constantFrom(...died),
    failures: fc.option(failures, { nil: undefined }),
    instead: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    origin: anOrigin,
    atMs: time,
  })
  .map(({ delivery: { attempt, redelivery }, ...death }) =>
    deadLetterOf({
      ...death,
      delivery: {
        ...delivery,
        attempt,
        ...(redelivery === 0 ? {} : { redelivery: { number: redelivery, attemptsBefore: 1 } }),
      },
    }),
  );

describe('a dead letter', () => {
  it('comes back as it went, whatever it says', () => {
    fc.assert(
      fc.property(letters, (letter) => {
        expect(readDeadLetter(overTheWire(deadLetterHeaders(letter)))).toEqual(letter);
        expect(readDelivery(deadLetterHeaders(letter))).toEqual(letter.delivery);
      }),
    );
  });

  it('says all that a person asks in headers of text', () => {
    const letter = deadLetterOf({
      delivery: { ...delivery, redelivery: { number: 2, attemptsBefore: 3 } },
      reason: 'attempts-exhausted',
      failures: { firstAtMs: NOW - 60_000, lastAtMs: NOW, last: 'http:503', lastStatus: 503 },
      origin,
      atMs: NOW,
    });
    expect(texts(deadLetterHeaders(letter))).toMatchObject({
      'signpost-dead-letter-reason': 'attempts-exhausted',
      'signpost-dead-letter-class': 'customer',
      'signpost-dead-letter-at': '2026-01-02T03:04:05.678Z',
      'signpost-attempts': '8',
      'signpost-redrives': '2',
      'signpost-first-failure-at': '2026-01-02T03:03:05.678Z',
      'signpost-last-failure-at': '2026-01-02T03:04:05.678Z',
      'signpost-last-failure': 'http:503',
      'signpost-last-status': '503',
    });
  });

  it("carries Spring's headers as Spring writes them: texts, and big-endian numbers", () => {
    const at = { timestampMs: 1_700_000_000_000, timestampType: 'CreateTime', consumerGroup: 'signpost.dispatcher' };
    const headers = deadLetterHeaders(
      deadLetterOf({
        delivery,
        reason: 'gone',
        failures: { firstAtMs: NOW, lastAtMs: NOW, last: 'http:410', lastStatus: 410 },
        origin: { ...origin, ...at, timestampType: 'CreateTime' },
        atMs: NOW,
      }),
    );
    const ofSpring = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('kafka_dlt-')));
    expect(ofSpring).toEqual({
      'kafka_dlt-original-topic': 'signpost.deliveries',
      'kafka_dlt-original-partition': Buffer.from([0, 0, 0, 7]),
      'kafka_dlt-original-offset': Buffer.from('000000012a05f200', 'hex'),
      'kafka_dlt-original-timestamp': Buffer.from('0000018bcfe56800', 'hex'),
      'kafka_dlt-original-timestamp-type': 'CreateTime',
      'kafka_dlt-original-consumer-group': 'signpost.dispatcher',
      'kafka_dlt-exception-fqcn': 'signpost.Gone',
      'kafka_dlt-exception-message': 'http:410',
    });
    expect(timestampTypeOf(TOPICS.parked)).toBe('LogAppendTime');
    expect(timestampTypeOf(TOPICS.retry('1s'))).toBe('LogAppendTime');
    expect(timestampTypeOf(TOPICS.returning)).toBe('CreateTime');
  });

  it('counts the attempts that were made, not the one that would have come', () => {
    const made = (reason: DeadLetterReason): number =>
      deadLetterOf({ delivery, reason, failures: undefined, origin, atMs: NOW }).attempts;
    expect([made('attempts-exhausted'), made('parked-too-long')]).toEqual([8, 7]);
  });
});

describe('a letter of the earlier form', () => {
  const earlier: RecordHeaders = {
    ...deliveryHeaders({ ...delivery, redelivery: { number: 1, attemptsBefore: 2 } }),
    'signpost-last-failure': 'network:PROXY_UNREACHABLE',
    'signpost-dead-letter-reason': 'attempts-exhausted',
    'signpost-dead-letter-at': '2026-01-02T03:04:05.678Z',
    'kafka_dlt-original-topic': 'deliveries',
    'kafka_dlt-original-partition': Buffer.from([0, 0, 0, 7]),
    'kafka_dlt-original-offset': Buffer.from('000000012a05f200', 'hex'),
    'kafka_dlt-exception-message': 'network:PROXY_UNREACHABLE',
  };

  it('is read: what it does not say follows from what it says', () => {
    const { attempts, redrives, reasonClass, lastFailureAtMs, ...rest } = readDeadLetter(
      overTheWire(earlier),
    ) as DeadLetter;
    expect({ attempts, redrives, reasonClass, lastFailureAtMs }).toEqual({
      attempts: 8,
      redrives: 1,
      reasonClass: 'platform',
      lastFailureAtMs: NOW,
    });
    expect(rest).not.toHaveProperty('firstFailureAtMs');
    expect(rest.origin).toEqual({ ...origin, topic: 'deliveries' });
  });

  it('that was parked too long names no failure', () => {
    const { 'signpost-last-failure': _, ...without } = earlier;
    const letter = readDeadLetter({ ...without, 'signpost-dead-letter-reason': 'parked-too-long' });
    expect(letter).toMatchObject({ reasonClass: 'platform', attempts: 7 });
    expect(letter).not.toHaveProperty('lastFailureAtMs');
  });

  it.each([
    ['a reason', { 'signpost-dead-letter-reason': undefined }],
    ['a reason that is known', { 'signpost-dead-letter-reason': 'fed-up' }],
    ['a time', { 'signpost-dead-letter-at': 'yesterday' }],
    ['its delivery', { 'signpost-delivery': '{' }],
    ['an offset in bytes', { 'kafka_dlt-original-offset': '12' }],
    ['an origin', { 'kafka_dlt-original-topic': undefined }],
    ['a number of attempts', { 'signpost-attempts': 'many' }],
  ])('without %s is unreadable', (_, changes) => {
    const headers = Object.fromEntries(
      Object.entries({ ...earlier, ...changes }).filter(([, value]) => value !== undefined),
    ) as RecordHeaders;
    expect(() => readDeadLetter(headers)).toThrow(UnreadableRecordError);
  });
});

describe('the letter of a record that was unreadable', () => {
  const letter = { why: 'a delivery has no payload', origin, atMs: NOW };

  it('says why, and keeps the headers of the record', () => {
    const headers = overTheWire(unreadableHeaders({ mine: 'x', 'signpost-delivery': '{' }, letter));
    expect(headers['mine']).toEqual(Buffer.from('x'));
    expect(readDeadLetter(headers)).toEqual({ reason: 'unreadable', reasonClass: 'platform', ...letter });
  });

  it('says whose it is where the record did', () => {
    const read = readDeadLetter(overTheWire(unreadableHeaders(deliveryHeaders(delivery), letter)));
    expect(read).toMatchObject({ delivery, reason: 'unreadable', reasonClass: 'platform', attempts: 7, redrives: 0 });
  });

  it('never throws anything but UnreadableRecordError, whatever is in the headers', () => {
    const names = Object.keys(unreadableHeaders(deliveryHeaders(delivery), letter));
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array(), (name, bytes) => {
        try {
          readDeadLetter({ ...unreadableHeaders(deliveryHeaders(delivery), letter), [name]: Buffer.from(bytes) });
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableRecordError);
        }
      }),
    );
  });
});
