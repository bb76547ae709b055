import { ACCOUNT_HOURS } from '@signpost/contracts';
import type { AccountWindow } from '@signpost/ports';
import { ValidationError } from '@signpost/runtime';

const HOUR_MS = 3_600_000;

/**
 * The window that is asked about: an hour up to now, unless it is given.
 * @throws ValidationError when it is too long, or does not end after it begins
 */
export function accountWindow(
  { since, until }: { readonly since?: Date | undefined; readonly until?: Date | undefined },
  now: Date,
): AccountWindow {
  const end = until ?? now;
  const start = since ?? new Date(end.getTime() - HOUR_MS);
  if (end <= start)
    throw fault(until === undefined ? 'since' : 'until', 'leaves no time: "until" has to lie after "since"');
  if (end.getTime() - start.getTime() > ACCOUNT_HOURS * HOUR_MS)
    throw fault(
      'since',
      `lies more than ${String(ACCOUNT_HOURS)} hours before "until": ask for one part after the other`,
    );
  return { since: start, until: end };
}

const fault = (field: 'since' | 'until', msg: string): ValidationError =>
  new ValidationError([{ loc: ['query', field], msg, type: 'value_error' }]);
