import type { OptionValues } from '../../specification/command.js';
import { APP, choice, flag, list, SINCE, text, UNTIL, count, time, url, YES } from '../../specification/options.js';

/** What of deliveries a command is about. Every one narrows it further. */
export const SELECTION = {
  app: APP,
  endpoint: text('id or uid', 'Those to this endpoint.'),
  eventTypes: list('names', 'Only these event types.'),
  since: SINCE,
  until: UNTIL,
  messages: list('ids', 'Only of these messages.'),
  deliveries: list('ids', 'Only these deliveries.'),
  all: flag('Of every application, where none is named: neither --app nor a kept one narrows it.'),
} as const;

export const OF_DEAD_LETTERS = {
  reasons: list('names', 'Only those that are dead letters for one of these reasons.'),
  reasonClass: choice(['customer', 'platform'], 'Whose fault it was.'),
  statuses: list('numbers', 'Only those whose last attempt was answered so.'),
} as const;

export const JOB = {
  why: text('text', 'For whoever reads the audit log. Needed, but for a dry run.'),
  dryRun: flag('Only count and show what would be done.'),
  rate: count('At most so many a second.', { min: 1, max: 100_000 }),
  concurrency: count('At most so many handed over and not attempted yet.', { min: 1, max: 10_000 }),
  onlyWhileHealthy: flag('Wait while the endpoint is disabled, paused or throttled, or its breaker is open.'),
  to: url('A trial: another URL in place of the endpoint, signed with its secret.'),
  detach: flag('Begin it and end, without following it.'),
  yes: YES,
} as const;

/** Of a re-drive, where --since and --until are of the death, as in the list of dead letters. */
export const OF_ACCEPTANCE = {
  acceptedSince: time('Only of messages accepted from then on.'),
  acceptedUntil: time('Only of messages accepted before then.'),
} as const;

/** How the deliveries ended that are replayed. */
export const OF_ENDED = {
  states: list('names', 'delivered, dead-lettered, expired, superseded or declined; delivered, unless it is given.'),
} as const;

export type SelectionValues = OptionValues<typeof SELECTION> &
  Partial<OptionValues<typeof OF_DEAD_LETTERS>> &
  Partial<OptionValues<typeof OF_ENDED>> & {
    readonly deadSince?: Date | undefined;
    readonly deadUntil?: Date | undefined;
  };
export type JobValues = OptionValues<typeof JOB>;
