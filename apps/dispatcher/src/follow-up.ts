import {
  deliveryHeaders,
  encodeFact,
  ofDelivery,
  TOPICS,
  type AttemptFact,
  type DeadLetter,
  type Delivery,
  type JournalFact,
  type ParkedFact,
} from '@signpost/contracts';
import {
  withFailure,
  fateInsteadOfRetry,
  newId,
  planWait,
  type Decision,
  type Endpoint,
  type Failures,
  type ParkReason,
  type Tier,
  type TraceCarrier,
} from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import { letterOf, letterRecord, type KafkaNames } from './dead-letters.js';
import type { QueuedDelivery } from './queued-delivery.js';

/** What follows from one attempt: all of it is durable before the delivery's offset is done. */
export interface FollowUp {
  readonly records: readonly OutgoingRecord[];
  readonly tier?: Tier;
  readonly deadLetter?: DeadLetter;
  /** It failed, and another attempt would be worth nothing. */
  readonly ends?: 'superseded' | 'expired';
}

export function followUp(
  entry: QueuedDelivery,
  endpoint: Endpoint,
  attempted: Attempted,
  decision: Decision,
  hasNewer: boolean,
  names: KafkaNames,
): FollowUp {
  const fact = attemptFact(entry.delivery, endpoint, attempted);
  switch (decision.kind) {
    case 'settle':
      return { records: [factRecord({ ...fact, fate: 'delivered' }, entry)] };
    case 'retry': {
      const plan = planWait(decision.waitMs, attempted.endedAtMs);
      const ends = fateInsteadOfRetry(entry.delivery, plan?.dueAtMs ?? attempted.endedAtMs, hasNewer);
      if (ends !== undefined) return { ends, records: [factRecord({ ...fact, fate: ends }, entry)] };
      const failures = failuresWith(entry, attempted);
      const { delivery, payload } = asMade(entry, attempted);
      const next = { ...delivery, attempt: delivery.attempt + 1, ...(failures && { failures }) };
      if (plan === undefined) {
        const at = { ...fact, nextAttemptAtMs: attempted.endedAtMs };
        return { records: [deliveryRecord(TOPICS.returning, next, payload), factRecord(at, entry)] };
      }
      const waiting = { ...next, wait: { next: plan.next, dueAtMs: plan.dueAtMs } };
      return {
        tier: plan.first,
        records: [
          deliveryRecord(TOPICS.retry(plan.first), waiting, payload),
          factRecord({ ...fact, nextAttemptAtMs: plan.dueAtMs }, entry),
        ],
      };
    }
    case 'dead-letter': {
      const { reason } = decision;
      const dead = asMade(entry, attempted);
      const letter = letterOf(dead, reason, failuresWith(entry, attempted), attempted.endedAtMs, names);
      return {
        deadLetter: letter,
        records: [
          letterRecord(letter, dead.payload),
          factRecord({ ...fact, fate: 'dead-lettered', deadLetterReason: reason }, entry),
        ],
      };
    }
  }
}

/** With its place in a trace that is recorded from now on, where it is. */
export function inTrace(entry: QueuedDelivery, trace: TraceCarrier | undefined): QueuedDelivery {
  return trace === undefined ? entry : { ...entry, delivery: { ...entry.delivery, trace } };
}

/** With what its transformation made, if it did so now: whatever becomes of it goes on with that. */
function asMade(entry: QueuedDelivery, { carried }: Attempted): QueuedDelivery {
  if (carried === undefined) return entry;
  return { ...entry, delivery: { ...entry.delivery, made: carried.mark }, payload: carried.body };
}

function failuresWith({ delivery }: QueuedDelivery, { verdict, status, endedAtMs }: Attempted): Failures | undefined {
  if (verdict.kind === 'delivered') return delivery.failures;
  return withFailure(delivery.failures, { atMs: endedAtMs, reason: verdict.reason, status });
}

/**
 * An attempt that outlived its assignment happened and is told, but decides nothing: the partition's new owner makes
 * the attempt again, and what follows, the delivery's fate included, follows from that one alone.
 */
export function orphanRecord(entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted): OutgoingRecord {
  return factRecord(attemptFact(entry.delivery, endpoint, attempted));
}

export function parkedRecords(
  entry: QueuedDelivery,
  reason: ParkReason,
  atMs: number,
  behind?: string,
): { readonly parked: OutgoingRecord; readonly fact: OutgoingRecord } {
  const fact: ParkedFact = { kind: 'parked', ...ofDelivery(entry.delivery, atMs), reason };
  const delivery = { ...entry.delivery, parkedFor: reason, ...(behind === undefined ? {} : { behind }) };
  return { parked: deliveryRecord(TOPICS.parked, delivery, entry.payload), fact: factRecord(fact) };
}

/** A delivery that ends without an attempt, and is not set aside for a person. */
export function fateRecord(
  entry: QueuedDelivery,
  fate: 'cancelled' | 'expired' | 'superseded',
  atMs: number,
): OutgoingRecord {
  return factRecord({ kind: 'fate', ...ofDelivery(entry.delivery, atMs), fate }, entry);
}

/** `version`: of the transformation that wants nothing sent. */
export function declinedRecord(entry: QueuedDelivery, version: number, atMs: number): OutgoingRecord {
  return factRecord(
    { kind: 'fate', ...ofDelivery(entry.delivery, atMs), fate: 'declined', transformation: version },
    entry,
  );
}

/** A delivery that nobody asked for while it could be kept. */
export function parkedTooLongRecords(entry: QueuedDelivery, letter: DeadLetter): readonly OutgoingRecord[] {
  const fate = { fate: 'dead-lettered', deadLetterReason: 'parked-too-long' } as const;
  return [
    letterRecord(letter, entry.payload),
    factRecord({ kind: 'fate', ...ofDelivery(entry.delivery, letter.atMs), ...fate }, entry),
  ];
}

function attemptFact(delivery: Delivery, endpoint: Endpoint, attempted: Attempted): AttemptFact {
  const { verdict, status, transformation, responseBody, requestHeaders, responseHeaders } = attempted;
  const { channels, tags } = delivery;
  return {
    kind: 'attempt',
    ...ofDelivery(delivery, attempted.startedAtMs),
    attemptId: newId('atmpt', attempted.startedAtMs),
    attempt: delivery.attempt,
    url: attempted.url ?? endpoint.url,
    outcome: verdict.kind === 'delivered' ? 'delivered' : 'failed',
    timing: attempted.timing,
    trigger: delivery.redelivery === undefined ? 'scheduled' : 'manual',
    ...(verdict.kind === 'delivered' ? {} : { reason: verdict.reason }),
    ...(status === undefined ? {} : { status }),
    ...(transformation === undefined ? {} : { transformation }),
    ...(responseBody === undefined ? {} : { responseBody }),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
    ...(channels === undefined ? {} : { channels }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function deliveryRecord(topic: OutgoingRecord['topic'], delivery: Delivery, payload: Buffer): OutgoingRecord {
  return { topic, key: delivery.endpointId, value: payload, headers: deliveryHeaders(delivery) };
}

/** `entry`: whose end it tells, where the next of its conversation waits for that. */
export function factRecord(fact: Exclude<JournalFact, { kind: 'matched' }>, entry?: QueuedDelivery): OutgoingRecord {
  const record = { topic: TOPICS.journal, key: fact.endpointId, value: encodeFact(fact) };
  return entry?.conversation === undefined ? { ...record, patient: true } : record;
}
