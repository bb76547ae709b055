import { readDeadLetter, UnreadableRecordError } from '@signpost/contracts';
import type { IncomingRecord, PlacedDeadLetter } from '@signpost/ports';
import type { Placing, Position } from '../placed-indexing.js';

/** `without-delivery`: it belongs to nobody, and is found in the topic alone. */
export type LetterLeftOut = 'without-delivery' | 'unreadable';

/** What the index makes of a record of `deliveries.dead-letter`. Of the payload nothing is kept. */
export function readLetter(
  { headers }: Pick<IncomingRecord, 'headers'>,
  position: Position,
): Placing<PlacedDeadLetter, LetterLeftOut> {
  try {
    const letter = readDeadLetter(headers);
    if (letter.delivery === undefined) return { kind: 'left-out', result: 'without-delivery' };
    return { kind: 'placed', placed: { letter, position } };
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    return { kind: 'left-out', result: 'unreadable', why: error.message };
  }
}
