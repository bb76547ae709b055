import type { AttemptFact, EndpointFact, FateFact, JournalFact } from '@signpost/contracts';
import { derivedId, type Application, type Endpoint, type MessageId } from '@signpost/domain';

/** The application, by its uid, whose endpoints get an organisation's operational events. */
export const OPERATIONAL_APPLICATION = 'operational-webhooks';

export const OPERATIONAL_EVENTS = [
  'endpoint.failing',
  'endpoint.disabled',
  'endpoint.recovered',
  'message.attempt.exhausted',
] as const;
export type OperationalEventType = (typeof OPERATIONAL_EVENTS)[number];

/** A fact that an organisation is told of. */
export type FactOfNote = EndpointFact | AttemptFact | FateFact;

export interface OperationalEvent {
  /** Of the message that carries it. Follows from the fact, so a repeated fact is the same message. */
  readonly id: MessageId;
  readonly type: OperationalEventType;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The fact if it is one of note, undefined otherwise. */
export function factOfNote(fact: JournalFact): FactOfNote | undefined {
  switch (fact.kind) {
    case 'endpoint':
      return fact;
    case 'attempt':
    case 'fate':
      return fact.deadLetterReason === 'attempts-exhausted' ? fact : undefined;
    case 'matched':
    case 'parked':
    case 'released':
    case 'redelivered':
      return undefined;
  }
}

/** Names and fields are those of the API that the control plane speaks, where it has them; what it lacks stands beside them. */
export function operationalEvent(
  fact: FactOfNote,
  application: Application,
  endpoint: Endpoint | undefined,
): OperationalEvent {
  const owner = {
    appId: application.id,
    ...(application.uid === undefined ? {} : { appUid: application.uid }),
    endpointId: fact.endpointId,
    ...(endpoint?.uid === undefined ? {} : { endpointUid: endpoint.uid }),
  };
  const { atMs } = fact;
  if (fact.kind !== 'endpoint') {
    const type = 'message.attempt.exhausted';
    // Sent again it may be exhausted again, which is news.
    const run = fact.redelivery === undefined ? [] : [String(fact.redelivery)];
    return { id: idOf(type, atMs, fact.deliveryId, ...run), type, atMs, data: { ...owner, ...exhausted(fact) } };
  }
  const failSince = iso(fact.failingSinceMs);
  const streak = String(fact.failingSinceMs);
  switch (fact.state) {
    case 'warned': {
      const type = 'endpoint.failing';
      const id = idOf(type, atMs, fact.endpointId, streak, String(fact.percent));
      const disablesAt = iso(fact.disablesAtMs);
      const data = { ...owner, failSince, percent: fact.percent, disablesAt, lastFailure: fact.lastFailure };
      return { id, type, atMs, data };
    }
    case 'disabled': {
      const type = 'endpoint.disabled';
      const id = idOf(type, atMs, fact.endpointId, String(fact.endpointVersion));
      const { reason, lastFailure } = fact;
      return { id, type, atMs, data: { ...owner, failSince, trigger: 'automatic', reason, lastFailure } };
    }
    case 'recovered': {
      const type = 'endpoint.recovered';
      return { id: idOf(type, atMs, fact.endpointId, streak), type, atMs, data: { ...owner, failSince } };
    }
  }
}

function exhausted(fact: AttemptFact | FateFact) {
  const common = { msgId: fact.messageId, eventType: fact.eventType };
  if (fact.kind === 'fate') return common;
  const { attemptId, attempt, reason, status } = fact;
  return {
    ...common,
    // 0: there was no answer.
    lastAttempt: { id: attemptId, timestamp: iso(fact.atMs), responseStatusCode: status ?? 0 },
    attempts: attempt,
    ...(reason === undefined ? {} : { lastFailure: { reason, ...(status === undefined ? {} : { status }) } }),
  };
}

const DAY_MS = 86_400_000;

/**
 * A fact that a crash repeats has another time by seconds, so an id carries no more than its day: a repeat is another
 * event only if midnight (UTC) lies between.
 */
function idOf(type: OperationalEventType, atMs: number, ...parts: readonly string[]): MessageId {
  return derivedId('msg', atMs - (atMs % DAY_MS), type, ...parts);
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
