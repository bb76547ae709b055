import { AppError } from '../errors.js';

/**
 * What judging one message by the filters of one endpoint may cost. A clause that is looked at is a step, and so is
 * an item of a list that it is held against; the work of half a millisecond, and of a few in CEL.
 */
export const MOST_STEPS = 20_000;

export class TooManyStepsError extends AppError {
  readonly code = 'filter_too_many_steps';
  constructor() {
    super(`it takes more than ${String(MOST_STEPS)} steps`);
  }
}

/** Counts steps, and ends the work that takes too many of them. */
export class Steps {
  used = 0;

  /** @throws TooManyStepsError */
  spend(count = 1): void {
    this.used += count;
    if (this.used > MOST_STEPS) throw new TooManyStepsError();
  }
}

/** Shorter parts are found in time in proportion to the text, whatever both hold. */
const LONGEST_EASY_PART = 250;

/** What looking for a text in another costs. For a long part the worst case is the product of both. */
export function searchSteps(text: string, part: string): number {
  return (text.length >> 6) * (part.length <= LONGEST_EASY_PART ? 1 : part.length >> 3);
}
