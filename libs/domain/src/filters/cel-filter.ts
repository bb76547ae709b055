import { isCelError, plan } from '@bufbuild/cel';
import { FilterRefusedError, type FilterPlace } from './content-filter.js';
import { isCelFunction, metered, METERED_ENV } from './cel-functions.js';
import { readCel } from './cel-syntax.js';
import type { CelSubject } from './filter-subject.js';
import type { Steps } from './steps.js';
import { TooManyStepsError } from './steps.js';

interface Planned {
  readonly text: string;
  readonly evaluate: (subject: CelSubject) => unknown;
}

const LONGEST_SHOWN = 120;

/** A filter in CEL, the Common Expression Language: a condition that is true, and neither false nor an error. */
export class CelFilter {
  private readonly conditions: readonly Planned[];

  /** @throws FilterRefusedError */
  constructor(source: unknown, place: FilterPlace) {
    if (typeof source !== 'string') throw new FilterRefusedError('filter_syntax', place, 'is no text');
    this.conditions = readCel(source, place, isCelFunction).map(({ text, expression }) => ({
      text,
      evaluate: plan(METERED_ENV, expression),
    }));
  }

  /** A field that is missing, or of another type, makes an error, which is not true. @throws TooManyStepsError */
  fits(subject: CelSubject, steps: Steps): boolean {
    return this.conditions.every((condition) => outcomeOf(condition, subject, steps) === true);
  }

  /** @throws TooManyStepsError */
  whyNot(subject: CelSubject, steps: Steps): string {
    for (const condition of this.conditions) {
      const outcome = outcomeOf(condition, subject, steps);
      if (outcome !== true) return `${shortened(condition.text)}: ${shownOutcome(outcome)}`;
    }
    return '';
  }
}

function outcomeOf({ evaluate }: Planned, subject: CelSubject, steps: Steps): unknown {
  steps.spend();
  const outcome = metered(steps, () => evaluate(subject));
  // The planner makes errors of CEL's own of whatever is thrown.
  if (isCelError(outcome) && outcome.cause instanceof TooManyStepsError) throw outcome.cause;
  return outcome;
}

function shownOutcome(outcome: unknown): string {
  if (outcome === false) return 'is false';
  if (isCelError(outcome)) return shortened(outcome.message);
  return 'is neither true nor false';
}

const shortened = (text: string): string =>
  text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…`;
