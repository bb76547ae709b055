import { ValidationError } from '@signpost/runtime';

const DAY_MS = 86_400_000;
const OLDEST_DAYS = 14;
/** Whoever asks for 'two weeks ago' or 'from now on' may have another clock. */
const SLACK_MS = 5 * 60_000;

/**
 * The window that is recovered; it never reaches beyond now.
 * @throws ValidationError when it begins too long ago, in the future, or not before its end
 */
export function recoveryWindow(
  { since, until }: { readonly since: Date; readonly until?: Date | null | undefined },
  now: Date,
): { readonly since: Date; readonly until: Date } {
  const end = until == null || until > now ? now : until;
  if (since.getTime() < now.getTime() - OLDEST_DAYS * DAY_MS - SLACK_MS) {
    throw fault('since', `lies more than ${String(OLDEST_DAYS)} days back: recover from a later time on`);
  }
  if (since.getTime() > now.getTime() + SLACK_MS) {
    throw fault('since', 'lies in the future: recover from an earlier time on');
  }
  if (until != null && until <= since) throw fault('until', 'does not lie after "since"');
  return { since, until: end < since ? since : end };
}

const fault = (field: 'since' | 'until', msg: string): ValidationError =>
  new ValidationError([{ loc: ['body', field], msg, type: 'value_error' }]);
