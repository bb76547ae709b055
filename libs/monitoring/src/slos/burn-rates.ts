import { DAY, HOUR, MINUTE } from '../rules/pace.js';

/**
 * When the error budget of 30 days goes too fast: by so many times the rate at which it would just last, over a long
 * window, which says that it matters, and over a short one, which says that it still goes on.
 */
export interface BurnRate {
  readonly severity: 'page' | 'ticket';
  readonly times: number;
  readonly longSeconds: number;
  readonly shortSeconds: number;
  /** How long both have to say so: no more than to look twice. */
  readonly forSeconds: number;
  /** Of the budget of 30 days, what is gone when it is noticed at exactly this rate. */
  readonly spent: string;
}

/** Those of the workbook on site reliability: a page for 2 % in an hour or 5 % in six, a ticket for 10 % in one day or in three. */
export const BURN_RATES: readonly BurnRate[] = [
  {
    severity: 'page',
    times: 14.4,
    longSeconds: HOUR,
    shortSeconds: 5 * MINUTE,
    forSeconds: 2 * MINUTE,
    spent: '2 %',
  },
  {
    severity: 'page',
    times: 6,
    longSeconds: 6 * HOUR,
    shortSeconds: 30 * MINUTE,
    forSeconds: 2 * MINUTE,
    spent: '5 %',
  },
  {
    severity: 'ticket',
    times: 3,
    longSeconds: DAY,
    shortSeconds: 2 * HOUR,
    forSeconds: 15 * MINUTE,
    spent: '10 %',
  },
  {
    severity: 'ticket',
    times: 1,
    longSeconds: 3 * DAY,
    shortSeconds: 6 * HOUR,
    forSeconds: 15 * MINUTE,
    spent: '10 %',
  },
];

/** Over which the budget is counted. */
export const BUDGET_SECONDS = 30 * DAY;

/** Below so many events in the long window a share says nothing: one failure among ten is no burn of 100. */
export const LEAST_EVENTS = 100;

export const WINDOWS: readonly number[] = [
  ...new Set([...BURN_RATES.flatMap(({ longSeconds, shortSeconds }) => [longSeconds, shortSeconds]), BUDGET_SECONDS]),
].toSorted((a, b) => a - b);
