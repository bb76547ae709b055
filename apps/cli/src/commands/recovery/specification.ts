import { command, group, type Given } from '../../specification/command.js';
import { argument, choice, LIMIT, YES } from '../../specification/options.js';

const ONE = { recovery: argument('Its id.') } as const;
export type OneGiven = Given<undefined, typeof ONE>;

const LIST_OPTIONS = {
  status: choice(['running', 'paused', 'finished', 'aborted', 'failed'], 'Only those that are so.'),
  limit: LIMIT,
} as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const RECORD_OPTIONS = {
  result: choice(
    ['handed-over', 'retrying', 'delivered', 'failed', 'left-out', 'withdrawn'],
    'Only those that came to this.',
  ),
  limit: LIMIT,
} as const;
export type RecordGiven = Given<typeof RECORD_OPTIONS, typeof ONE>;

const ABORT_OPTIONS = { yes: YES } as const;
export type AbortGiven = Given<typeof ABORT_OPTIONS, typeof ONE>;

export const RECOVERY = group({ name: 'recovery', summary: 'Re-drives, replays and backfills that were begun.' }, [
  command({
    name: 'list',
    alias: 'ls',
    summary: 'List them, newest first.',
    options: LIST_OPTIONS,
    load: async () => (await import('./recoveries.js')).listRecoveries,
  }),
  command({
    name: 'show',
    summary: 'Show how far one is.',
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).showRecovery,
  }),
  command({
    name: 'watch',
    summary: 'Follow one to its end. Ctrl-C leaves it running.',
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).watchRecovery,
  }),
  command({
    name: 'pause',
    summary: 'Let it wait.',
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).pauseRecovery,
  }),
  command({
    name: 'resume',
    summary: 'Let a paused one go on.',
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).resumeRecovery,
  }),
  command({
    name: 'abort',
    summary: 'End it for good; what was handed over stays so.',
    options: ABORT_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).abortRecovery,
  }),
  command({
    name: 'record',
    summary: 'List what became of each delivery.',
    options: RECORD_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./recoveries.js')).listRecord,
  }),
]);
