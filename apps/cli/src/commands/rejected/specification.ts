import { command, group, type Given } from '../../specification/command.js';
import {
  argument,
  choice,
  count,
  flag,
  LIMIT,
  list,
  pairs,
  SINCE,
  text,
  UNTIL,
  YES,
} from '../../specification/options.js';

const LIST_OPTIONS = {
  code: text('name', 'Only those that were refused for this: application_unknown, payload_not_json, …'),
  topic: text('name', 'Only those of this topic; its full name.'),
  since: SINCE,
  until: UNTIL,
  state: choice(['open', 'redriven', 'all'], 'open, unless it is given.'),
  limit: LIMIT,
} as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const ONE = { rejected: argument('Its id.') } as const;
export type OneGiven = Given<undefined, typeof ONE>;

const CORRECT_OPTIONS = {
  value: text('text', 'The whole value, in place of what it was.'),
  valueFile: text('name', 'Read --value from a file; - reads standard input.'),
  header: pairs('name=value', 'Sets a header (ce_type=lead.captured); others stay.'),
  withoutHeaders: list('names', 'Takes headers away.'),
  undo: flag('Takes back what was corrected before.'),
} as const;
export type CorrectGiven = Given<typeof CORRECT_OPTIONS, typeof ONE>;

const REDRIVE_OPTIONS = {
  ids: list('ids', 'Only these.'),
  codes: list('names', 'Only those that were refused for one of these.'),
  topics: list('names', 'Only those of these topics.'),
  since: SINCE,
  until: UNTIL,
  all: flag('All of them, where nothing else narrows it.'),
  why: text('text', 'For whoever reads the audit log. Needed, but for a dry run.'),
  dryRun: flag('Only count and show what would be done.'),
  rate: count('At most so many a second.', { min: 1, max: 100_000 }),
  detach: flag('Begin it and end, without following it.'),
  yes: YES,
} as const;
export type RedriveGiven = Given<typeof REDRIVE_OPTIONS>;

export const REJECTED = group({ name: 'rejected', summary: 'Records of the platform’s topics that intake refused.' }, [
  command({
    name: 'ls',
    alias: 'list',
    summary: 'List them, newest first.',
    examples: ['rejected ls --code application_unknown --since 24h'],
    options: LIST_OPTIONS,
    load: async () => (await import('./rejected.js')).listRejected,
  }),
  command({
    name: 'show',
    summary: 'Show one: why it was refused, its headers and its value.',
    arguments: ONE,
    load: async () => (await import('./rejected.js')).showRejected,
  }),
  command({
    name: 'correct',
    summary: 'Correct one. Nothing is sent by this: redrive does.',
    examples: [
      'rejected correct rej_… --header ce_type=lead.captured',
      'rejected correct rej_… --value-file lead.json',
    ],
    options: CORRECT_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./correct.js')).correctRejected,
  }),
  command({
    name: 'redrive',
    summary: 'Send them on their way again, as they were corrected.',
    description:
      'Shows what it is about and asks; then runs on the server, and is followed here. What is refused again is open again.',
    examples: [
      'rejected redrive --ids rej_… --why "corrected"',
      'rejected redrive --codes application_unknown --since 1d --why "the application was created"',
    ],
    options: REDRIVE_OPTIONS,
    load: async () => (await import('./redrive.js')).redriveRejected,
  }),
]);
