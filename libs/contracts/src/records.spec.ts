import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, newId, TIER_NAMES, type ControlChange, type LaneMemory } from '@signpost/domain';
import fc from 'fast-check';
import { controlKey, controlRecord, readControl } from './control-record.js';
import { deliveryHeaders, DELIVERY_HEADER, readDelivery, type Delivery } from './delivery-record.js';
import type { RecordHeaders } from './headers.js';
import { encodeFact, readFact } from './journal-fact.js';
import { encodeLane, readLane } from './lane-record.js';
import { messageHeaders, messageKey, readMessage, type MessageRecord } from './message-record.js';
import { UnreadableRecordError } from './unreadable.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const applicationId = newId('app', NOW);
const endpointId = newId('ep', NOW);
const messageId = newId('msg', NOW);

/** What Kafka does to headers: every value comes back as bytes. */
const overTheWire = (headers: RecordHeaders): RecordHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

const delivery: Delivery = {
  id: deliveryIdOf(messageId, endpointId),
  messageId,
  applicationId,
  endpointId,
  endpointVersion: 3,
  eventType: 'lead.captured',
  acceptedAtMs: NOW,
  attempt: 1,
};

describe('a message record', () => {
  it('comes back as it went, payload byte for byte', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.option(fc.array(fc.string()), { nil: undefined }),
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        fc.option(
          fc.nat().map((ms) => NOW + ms),
          { nil: undefined },
        ),
        fc.option(fc.array(fc.string()), { nil: undefined }),
        fc.boolean(),
        (bytes, channels, conversationId, payloadExpiresAtMs, tags, isOverQuota) => {
          const message: MessageRecord = {
            id: messageId,
            applicationId,
            eventType: 'message.received',
            acceptedAtMs: NOW,
            payload: Buffer.from(bytes),
            ...(channels === undefined ? {} : { channels }),
            ...(tags === undefined ? {} : { tags }),
            ...(conversationId === undefined ? {} : { conversationId }),
            ...(payloadExpiresAtMs === undefined ? {} : { payloadExpiresAtMs }),
            ...(isOverQuota ? { isOverQuota } : {}),
          };
          expect(readMessage({ headers: overTheWire(messageHeaders(message)), value: message.payload })).toEqual(
            message,
          );
        },
      ),
    );
  });

  it('shares a key with its conversation, or else with its event id', () => {
    const message = { id: messageId, applicationId, eventType: 'a', acceptedAtMs: NOW };
    expect(messageKey({ ...message, conversationId: 'c1', eventId: 'e1' })).toBe(`${applicationId}:c1`);
    expect(messageKey({ ...message, eventId: 'e1' })).toBe(`${applicationId}:e1`);
    expect(messageKey(message)).toBe(`${applicationId}:${messageId.slice(-19)}`);
  });

  it.each(['ce_message', 'ce_application', 'ce_type', 'ce_time'])('without %s is unreadable, and says so', (name) => {
    const headers = {
      ...messageHeaders({ id: messageId, applicationId, eventType: 'a', acceptedAtMs: NOW }),
      [name]: '',
    };
    expect(() => readMessage({ headers, value: Buffer.from('{}') })).toThrow(UnreadableRecordError);
    expect(() => readMessage({ headers, value: Buffer.from('{}') })).toThrow(name);
  });
});

describe('a delivery header', () => {
  it('comes back as it went', () => {
    const waiting: Delivery = {
      ...delivery,
      attempt: 4,
      failures: { firstAtMs: NOW, lastAtMs: NOW + 1, last: 'http:503', lastStatus: 503 },
      wait: { next: [...TIER_NAMES], dueAtMs: NOW + 5 },
      parkedFor: 'lane-full',
      parkedOffset: 12,
    };
    const again: Delivery = {
      ...delivery,
      attempt: 4,
      redelivery: { number: 2, attemptsBefore: 3 },
      handOver: { kind: 'task', task: newId('qtask', NOW), sequence: 7 },
    };
    const takingOver: Delivery = { ...again, handOver: { kind: 'take-over' } };
    const both: Delivery = {
      ...again,
      handOver: { kind: 'task', task: newId('qtask', NOW), sequence: 7, takesOver: true },
    };
    const made: Delivery = { ...waiting, made: { version: 3, request: 'sealed' } };
    for (const one of [delivery, waiting, again, takingOver, both, made, { ...delivery, made: { version: 1 } }])
      expect(readDelivery(overTheWire(deliveryHeaders(one)))).toEqual(one);
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['a number', '3'],
    ['another prefix', JSON.stringify({ ...delivery, id: messageId })],
    ['attempt 0', JSON.stringify({ ...delivery, attempt: 0 })],
    ['failures without a time', JSON.stringify({ ...delivery, failures: { last: 'http:503' } })],
    ['a reason to park that is no text', JSON.stringify({ ...delivery, parkedFor: 1 })],
    ['an unknown tier', JSON.stringify({ ...delivery, wait: { next: ['3s'], dueAtMs: NOW } })],
    ['an unknown coalescing', JSON.stringify({ ...delivery, coalesce: 'first' })],
    ['an expiry that is no time', JSON.stringify({ ...delivery, expiresAtMs: '1' })],
    ['a quota that it is not above', JSON.stringify({ ...delivery, isOverQuota: false })],
    ['a redelivery before the first', JSON.stringify({ ...delivery, redelivery: { number: 0, attemptsBefore: 0 } })],
    ['a redelivery after its attempts', JSON.stringify({ ...delivery, redelivery: { number: 1, attemptsBefore: 1 } })],
    ['an unknown hand-over', JSON.stringify({ ...delivery, handOver: { kind: 'gift' } })],
    ['a hand-over of no place', JSON.stringify({ ...delivery, handOver: { kind: 'task', task: 'qtask_1' } })],
    [
      'a hand-over that takes over in part',
      JSON.stringify({ ...delivery, handOver: { kind: 'task', task: 'qtask_1', sequence: 1, takesOver: 1 } }),
    ],
    ['a made body of no version', JSON.stringify({ ...delivery, made: { request: 'sealed' } })],
    ['a made request that is no text', JSON.stringify({ ...delivery, made: { version: 1, request: {} } })],
    ['a fraction', JSON.stringify({ ...delivery, endpointVersion: 1.5 })],
  ])('refuses %s', (_, text) => {
    expect(() => readDelivery(text === undefined ? {} : { [DELIVERY_HEADER]: text })).toThrow(UnreadableRecordError);
  });

  it('never throws anything but UnreadableRecordError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readDelivery({ [DELIVERY_HEADER]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableRecordError);
        }
      }),
    );
  });
});

describe('a control record', () => {
  const change: ControlChange = {
    kind: 'application',
    id: applicationId,
    version: 4,
    state: { id: applicationId, organisationId: newId('org', NOW), version: 4, name: 'A' },
  };

  it('comes back as it went; a deletion is a tombstone with a version', () => {
    for (const one of [change, { ...change, version: 5, state: undefined } as ControlChange]) {
      const { key, value, headers } = controlRecord(one);
      expect(key).toBe(controlKey(one));
      expect(readControl({ key: Buffer.from(key), value, headers: overTheWire(headers) })).toEqual(one);
    }
  });

  it.each([
    ['no key', null],
    ['another kind', Buffer.from('planet:1')],
  ])('with %s is unreadable', (_, key) => {
    expect(() => readControl({ key, value: Buffer.from('{}'), headers: { version: '1' } })).toThrow(
      UnreadableRecordError,
    );
  });
});

describe("a lane's memory", () => {
  const memory: LaneMemory = { endpointId, applicationId, parked: { oldestOffset: 3, newestOffset: 9, count: 2 } };

  it('comes back as it went', () => {
    expect(readLane(encodeLane(memory))).toEqual(memory);
  });

  it.each([
    ['no endpoint', {}],
    ['disabled at no version', { ...memory, disabled: { atMs: NOW } }],
    ['parked as a text', { ...memory, parked: 'yes' }],
    ['a task without an offset', { ...memory, redeliveries: { tasks: { t: { sequence: 1, atMs: 1 } } } }],
    ['a run taken over by nothing', { ...memory, redeliveries: { takenOver: { d: { atMs: 1 } } } }],
    ['a demand without a limit', { ...memory, demand: { sequence: 1, fromOffset: 0 } }],
  ])('refuses one with %s', (_, value) => {
    expect(() => readLane(Buffer.from(JSON.stringify(value)))).toThrow(UnreadableRecordError);
  });
});

describe('a journal fact', () => {
  it('comes back as it went', () => {
    const fact = { kind: 'matched', messageId, applicationId, atMs: NOW, endpointIds: [endpointId] } as const;
    expect(readFact(encodeFact(fact))).toEqual(fact);
  });

  it.each([null, Buffer.from('x'), Buffer.from('{"kind":"guess"}')])('refuses what is none', (value) => {
    expect(() => readFact(value)).toThrow(UnreadableRecordError);
  });
});
