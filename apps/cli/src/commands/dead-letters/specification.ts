import { command, group, type Given } from '../../specification/command.js';
import { argument, choice, LIMIT, time } from '../../specification/options.js';
import { JOB, OF_ACCEPTANCE, OF_DEAD_LETTERS, SELECTION } from '../recovery/selection.js';

/** What `ls` shows by them, `redrive` sends again. */
const TIMES = {
  since: time('Dead from then on: a time, a day, or how long ago (15m, 2h, 7d).'),
  until: time('Dead before then; now, unless it is given.'),
} as const;
const { deliveries: _deliveries, ...FILTER } = { ...SELECTION, ...OF_DEAD_LETTERS, ...TIMES };

const LIST_OPTIONS = {
  ...FILTER,
  state: choice(['dead', 'redriven', 'all'], 'dead, unless it is given.'),
  limit: LIMIT,
} as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const ONE = { delivery: argument("The delivery's id.") } as const;
export type OneGiven = Given<undefined, typeof ONE>;

const HISTOGRAM_OPTIONS = {
  ...FILTER,
  state: choice(['dead', 'redriven', 'all'], 'dead, unless it is given.'),
  bucket: choice(['minute', 'hour', 'day'], 'How time is divided; hour, unless it is given.'),
} as const;
export type HistogramGiven = Given<typeof HISTOGRAM_OPTIONS>;

const REDRIVE_OPTIONS = { ...SELECTION, ...OF_DEAD_LETTERS, ...TIMES, ...OF_ACCEPTANCE, ...JOB } as const;
export type RedriveGiven = Given<typeof REDRIVE_OPTIONS>;

export const DEAD_LETTERS = group(
  { name: 'dlq', alias: 'dead-letters', summary: 'Deliveries that will not be tried again by themselves.' },
  [
    command({
      name: 'ls',
      alias: 'list',
      summary: 'List dead letters, newest first.',
      examples: ['dlq ls --app acme --reason-class customer --since 24h'],
      options: LIST_OPTIONS,
      load: async () => (await import('./dead-letters.js')).listDeadLetters,
    }),
    command({
      name: 'show',
      summary: 'Show one: what it died of, and where it came from.',
      arguments: ONE,
      load: async () => (await import('./dead-letters.js')).showDeadLetter,
    }),
    command({
      name: 'histogram',
      summary: 'Count dead letters by reason, endpoint and time.',
      description:
        'Of the last hour by the minute, the last 24 hours by the hour and the last 31 days by the day, unless --since says otherwise.',
      options: HISTOGRAM_OPTIONS,
      load: async () => (await import('./histogram.js')).histogram,
    }),
    command({
      name: 'redrive',
      summary: 'Send dead letters again, with a fresh schedule of attempts.',
      description:
        'Shows what it is about and asks; then runs on the server, and is followed here. Ctrl-C leaves it running: ' +
        '`signpost recovery watch` follows it again.',
      examples: [
        'dlq redrive --app acme --endpoint ep_… --dry-run',
        'dlq redrive --app acme --reasons attempts-exhausted --since 1d --rate 100 --only-while-healthy --why "their outage is over"',
      ],
      options: REDRIVE_OPTIONS,
      load: async () => (await import('./redrive.js')).redrive,
    }),
  ],
);
