import { command, group, type Given } from '../../specification/command.js';
import { APP, argument, count, countOr, flag, list, text, YES } from '../../specification/options.js';

const ONE = { endpoint: argument("The endpoint's id or uid.") } as const;
const OF_APP = { app: APP } as const;
const ANY_VERSION = { min: 1, max: Number.MAX_SAFE_INTEGER } as const;
export type OneGiven = Given<typeof OF_APP, typeof ONE>;

const SHOW_OPTIONS = {
  app: APP,
  codeVersion: count('This version, and not the one in force.', ANY_VERSION),
  code: flag('Print the code alone.'),
} as const;
export type ShowGiven = Given<typeof SHOW_OPTIONS, typeof ONE>;

const SET_OPTIONS = { app: APP, disabled: flag('Keep it, and leave it switched off.') } as const;
const SET_ARGUMENTS = { ...ONE, file: argument('A file of JavaScript; - reads standard input.') } as const;
export type SetGiven = Given<typeof SET_OPTIONS, typeof SET_ARGUMENTS>;

const TRY_OPTIONS = {
  app: APP,
  file: text('name', 'Try this code, and not what is in force; - reads standard input.'),
  codeVersion: count('Try this version, and not the one in force.', ANY_VERSION),
  messages: list('ids', 'On these messages, and not on the newest.'),
  limit: countOr(5, 'On the newest so many that the endpoint asks for.', { min: 1, max: 20 }),
} as const;
export type TryGiven = Given<typeof TRY_OPTIONS, typeof ONE>;

const ROLLBACK_ARGUMENTS = { ...ONE, version: argument('The number of a version that is kept.') } as const;
export type RollbackGiven = Given<typeof OF_APP, typeof ROLLBACK_ARGUMENTS>;

const REMOVE_OPTIONS = { app: APP, yes: YES } as const;
export type RemoveGiven = Given<typeof REMOVE_OPTIONS, typeof ONE>;

export const TRANSFORMATIONS = group(
  { name: 'transformations', alias: 'tf', summary: "JavaScript that makes an endpoint's requests." },
  [
    command({
      name: 'show',
      alias: 'get',
      summary: "Show an endpoint's: the version in force, whether it is switched on, and its code.",
      examples: ['transformations show crm --app acme --code-version 3 --code > crm.js'],
      options: SHOW_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./transformations.js')).showTransformation,
    }),
    command({
      name: 'set',
      summary: 'Put code in force; other code than before is a new version.',
      description: 'The code is checked first: what cannot be run is refused, with the line.',
      examples: ['transformations set crm examples/recipes/hubspot-contact.js --app acme'],
      options: SET_OPTIONS,
      arguments: SET_ARGUMENTS,
      load: async () => (await import('./transformations.js')).setTransformation,
    }),
    command({
      name: 'try',
      summary: 'Run code, a version, or what is in force on recent messages; shows what would be sent. Nothing is.',
      description: 'Ends with 7 where a message cannot be made.',
      examples: ['transformations try crm --app acme --file crm.js --limit 20'],
      options: TRY_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./try.js')).tryTransformation,
    }),
    command({
      name: 'versions',
      summary: 'List the versions that are kept, newest first.',
      options: OF_APP,
      arguments: ONE,
      load: async () => (await import('./transformations.js')).listVersions,
    }),
    command({
      name: 'rollback',
      summary: 'Put an earlier version in force again, and switch it on.',
      options: OF_APP,
      arguments: ROLLBACK_ARGUMENTS,
      load: async () => (await import('./transformations.js')).rollBack,
    }),
    command({
      name: 'disable',
      summary: 'Switch it off: messages go out as they came, but for those that it has made already.',
      options: OF_APP,
      arguments: ONE,
      load: async () => (await import('./transformations.js')).disableTransformation,
    }),
    command({
      name: 'enable',
      summary: 'Switch it on.',
      options: OF_APP,
      arguments: ONE,
      load: async () => (await import('./transformations.js')).enableTransformation,
    }),
    command({
      name: 'delete',
      alias: 'rm',
      summary: 'Take it off; its versions stay, and can be put in force again.',
      options: REMOVE_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./transformations.js')).removeTransformation,
    }),
  ],
);
