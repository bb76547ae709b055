import type { Fate } from '../delivery/decision.js';

/** In the order in which a run that was told several of them counts: what has arrived has arrived. */
export const FATES = [
  'delivered',
  'dead-lettered',
  'expired',
  'superseded',
  'declined',
  'cancelled',
] as const satisfies readonly Fate[];

/**
 * What facts have said of one run of a delivery, as bits: one for each fate, one that any fact of it is known, and one
 * that it was asked for. Notes are merged by OR, so neither the order of the facts nor a repeat shows.
 */
export type RunNotes = number;

export const NO_NOTES: RunNotes = 0;
export const KNOWN: RunNotes = 1 << FATES.length;
export const ASKED_FOR: RunNotes = KNOWN << 1;
/** The bits of fates. */
export const FATE_BITS: RunNotes = KNOWN - 1;

export function notesOf(told: { readonly fate?: Fate | undefined; readonly isAskedFor?: boolean }): RunNotes {
  const fate = told.fate === undefined ? NO_NOTES : 1 << FATES.indexOf(told.fate);
  return KNOWN | fate | (told.isAskedFor === true ? ASKED_FOR : NO_NOTES);
}

/** Every fate that was told of the run; none as long as it is pending. */
export function fatesIn(notes: RunNotes): readonly Fate[] {
  return FATES.filter((_, index) => (notes & (1 << index)) !== 0);
}
