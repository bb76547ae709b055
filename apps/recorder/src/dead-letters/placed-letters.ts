import { readDeadLetter, UnreadableRecordError } from '@signpost/contracts';
import type { IncomingRecord, PlacedDeadLetter } from '@signpost/ports';

export type ReadLetter =
  | { readonly kind: 'letter'; readonly placed: PlacedDeadLetter }
  /** Of a record that names no delivery: it belongs to nobody, and is found in the topic alone. */
  | { readonly kind: 'without-delivery' }
  | { readonly kind: 'unreadable'; readonly error: UnreadableRecordError };

/** What the index makes of a record of `deliveries.dead-letter`. Of the payload nothing is kept. */
export function readLetter(partition: number, { offset, headers }: IncomingRecord): ReadLetter {
  try {
    const letter = readDeadLetter(headers);
    if (letter.delivery === undefined) return { kind: 'without-delivery' };
    return { kind: 'letter', placed: { letter, position: { partition, offset } } };
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    return { kind: 'unreadable', error };
  }
}
