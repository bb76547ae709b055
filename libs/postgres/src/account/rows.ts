import type { JournalFact, MessageRecord } from '@signpost/contracts';
import { NO_NOTES, notesOf, timeOfId, type RunNotes } from '@signpost/domain';
import type { Column } from '../delivery-log/columns.js';
import { merged, standingOf, type DeliveryFact, type Standing } from '../delivery-log/standing.js';

export const MINUTE_MS = 60_000;

/** A minute of which a batch has written rows; `arrival`: what was accepted or matched, and not only what became of it. */
export interface Mark {
  readonly minute: bigint;
  readonly arrival: boolean;
}

export const MARK_COLUMNS: readonly Column<Mark>[] = [
  { name: 'minute', type: 'bigint', value: ({ minute }) => minute },
  { name: 'arrival', type: 'boolean', value: ({ arrival }) => arrival },
];

/** Each minute once, as its messages' ids have it: a late fact belongs to the minute of its message. */
export function marksOf(messages: readonly MessageRecord[], facts: readonly JournalFact[]): Mark[] {
  const arrivals = new Map<number, boolean>();
  const mark = (messageId: string, arrival: boolean): void => {
    const atMs = timeOfId(messageId);
    if (atMs === undefined) return;
    const minute = Math.floor(atMs / MINUTE_MS);
    if (arrival || !arrivals.has(minute)) arrivals.set(minute, arrival || arrivals.get(minute) === true);
  };
  for (const { id } of messages) mark(id, true);
  for (const fact of facts) if (fact.kind !== 'endpoint') mark(fact.messageId, fact.kind === 'matched');
  return [...arrivals].map(([minute, arrival]) => ({ minute: BigInt(minute), arrival }));
}

/** What a fact says of its run, for the account. */
function notesIn(fact: DeliveryFact): RunNotes {
  switch (fact.kind) {
    case 'attempt':
    case 'fate':
      return notesOf({ fate: fact.fate });
    case 'redelivered':
      return notesOf({ isAskedFor: true });
    case 'parked':
    case 'released':
      return notesOf({});
  }
}

/** Of the delivery as it was first owed; nothing where the fact is of a redelivery. */
export const firstRunNotes = (fact: DeliveryFact): RunNotes =>
  fact.redelivery === undefined ? notesIn(fact) : NO_NOTES;

/** One redelivery, by what facts have said of it. */
export interface RunRow {
  readonly fact: DeliveryFact;
  readonly number: number;
  readonly notes: RunNotes;
  readonly standing: Standing;
  /** When the latest of the facts was told, in milliseconds since 1970. */
  readonly atMs: number;
}

export const RUN_COLUMNS: readonly Column<RunRow>[] = [
  { name: 'delivery_id', type: 'text', value: ({ fact }) => fact.deliveryId },
  { name: 'number', type: 'smallint', value: ({ number }) => number },
  { name: 'message_id', type: 'text', value: ({ fact }) => fact.messageId },
  { name: 'application_id', type: 'text', value: ({ fact }) => fact.applicationId },
  { name: 'endpoint_id', type: 'text', value: ({ fact }) => fact.endpointId },
  { name: 'notes', type: 'smallint', value: ({ notes }) => notes },
  { name: 'standing', type: 'bigint', value: ({ standing }) => standing.rank },
  { name: 'state', type: 'text', value: ({ standing }) => standing.state },
  { name: 'next_attempt_at', type: 'timestamptz', value: ({ standing }) => standing.nextAttemptAtMs ?? null },
  { name: 'at', type: 'timestamptz', value: ({ atMs }) => atMs },
];

/** One row for each redelivery that the batch says something of, in the order of the key. */
export function runRows(facts: readonly DeliveryFact[]): RunRow[] {
  const byRun = new Map<string, RunRow>();
  for (const fact of facts) {
    if (fact.redelivery === undefined) continue;
    const key = `${fact.deliveryId} ${String(fact.redelivery).padStart(6, '0')}`;
    const row = {
      fact,
      number: fact.redelivery,
      notes: notesIn(fact),
      standing: standingOf(fact),
      atMs: fact.atMs,
    };
    const known = byRun.get(key);
    byRun.set(
      key,
      known === undefined
        ? row
        : {
            ...row,
            notes: known.notes | row.notes,
            standing: merged(known.standing, row.standing),
            atMs: Math.max(known.atMs, row.atMs),
          },
    );
  }
  return [...byRun].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
