import {
  readFact,
  readMessage,
  UnreadableRecordError,
  type JournalFact,
  type MessageRecord,
  type SourceCoordinates,
} from '@signpost/contracts';
import type { IncomingRecord, RecordBatch } from '@signpost/ports';

export type Content =
  { readonly kind: 'message'; readonly message: MessageRecord } | { readonly kind: 'fact'; readonly fact: JournalFact };

/** A record on its way into the delivery log. */
export interface Entry {
  readonly content: Content;
  readonly record: IncomingRecord;
  readonly source: SourceCoordinates;
  readonly bytes: number;
  /** Says that it is written, or set aside. */
  readonly done: () => void;
}

export interface Unreadable {
  readonly record: IncomingRecord;
  readonly source: SourceCoordinates;
  readonly error: UnreadableRecordError;
  readonly done: () => void;
}

/** Sorts a batch into what can be written and what can't be read. */
export function readBatch(
  batch: RecordBatch,
  kind: Content['kind'],
): { readonly entries: readonly Entry[]; readonly unreadable: readonly Unreadable[] } {
  const entries: Entry[] = [];
  const unreadable: Unreadable[] = [];
  const { topic, partition } = batch.lease;
  const { done } = batch;
  for (const record of batch.records) {
    const { offset } = record;
    const common = { record, source: { topic, partition, offset }, done: () => done(offset) };
    try {
      entries.push({ ...common, content: read(record, kind), bytes: (record.value?.length ?? 0) + OVERHEAD_BYTES });
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      unreadable.push({ ...common, error });
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
