import {
  readFact,
  readMessage,
  UnreadableRecordError,
  type JournalFact,
  type MessageRecord,
} from '@signpost/contracts';
import type { IncomingRecord, RecordBatch } from '@signpost/ports';

export type Content =
  { readonly kind: 'message'; readonly message: MessageRecord } | { readonly kind: 'fact'; readonly fact: JournalFact };

/** What the records of one batch have in common. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly done: RecordBatch['done'];
}

/** A record on its way into the delivery log. */
export interface Entry {
  readonly content: Content;
  readonly record: IncomingRecord;
  readonly origin: Origin;
  readonly bytes: number;
}

export interface Unreadable {
  readonly record: IncomingRecord;
  readonly origin: Origin;
  readonly error: UnreadableRecordError;
}

/** Sorts a batch into what can be written and what can't be read. */
export function readBatch(
  { lease, records, done }: RecordBatch,
  kind: Content['kind'],
): { readonly entries: readonly Entry[]; readonly unreadable: readonly Unreadable[] } {
  const entries: Entry[] = [];
  const unreadable: Unreadable[] = [];
  const origin = { topic: lease.topic, partition: lease.partition, done };
  for (const record of records) {
    try {
      const bytes = (record.value?.length ?? 0) + OVERHEAD_BYTES;
      entries.push({ content: read(record, kind), record, origin, bytes });
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      unreadable.push({ record, origin, error });
    }
  }
  return { entries, unreadable };
}

// What an entry takes beside its value.
const OVERHEAD_BYTES = 512;

function read(record: IncomingRecord, kind: Content['kind']): Content {
  switch (kind) {
    case 'message':
      return { kind, message: readMessage(record) };
    case 'fact':
      return { kind, fact: readFact(record.value) };
  }
}
