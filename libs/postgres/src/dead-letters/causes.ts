import { DEAD_LETTER_REASONS, REASON_CLASSES, type DeadLetterReason, type ReasonClass } from '@signpost/domain';
import type { DeadLetterSelection } from '@signpost/ports';

export interface Cause {
  readonly reason: DeadLetterReason;
  readonly reasonClass: ReasonClass;
}

/** By their numbers in the database: reasons and classes are only ever added at the end of their lists. */
const CAUSES: readonly Cause[] = DEAD_LETTER_REASONS.flatMap((reason) =>
  REASON_CLASSES.map((reasonClass) => ({ reason, reasonClass })),
);

/** Reason and class in one number: few values, so that a list of all is merged from one for each of them. */
export function causeOf({ reason, reasonClass }: Cause): number {
  return DEAD_LETTER_REASONS.indexOf(reason) * REASON_CLASSES.length + REASON_CLASSES.indexOf(reasonClass);
}

/** @throws TypeError for a number that a later version has written */
export function causeIn(cause: number): Cause {
  const known = CAUSES[cause];
  if (known === undefined) throw new TypeError(`the index of dead letters names a cause ${String(cause)}`);
  return known;
}

/** The causes that a dead letter which fits the selection can have. */
export function causesFor({ reasons, reasonClass }: Pick<DeadLetterSelection, 'reasons' | 'reasonClass'>): number[] {
  return CAUSES.flatMap((cause, number) => {
    if (reasons !== undefined && !reasons.includes(cause.reason)) return [];
    return reasonClass === undefined || cause.reasonClass === reasonClass ? [number] : [];
  });
}
