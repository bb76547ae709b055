import { command, group, type Given } from '../../specification/command.js';
import { argument, flag, optionalArgument, text } from '../../specification/options.js';

const LOGIN_OPTIONS = {
  app: text('id or uid', 'Keep this application as the one that commands are about.'),
  keyStdin: flag('Read the API key from standard input, instead of asking for it.'),
} as const;
export type LoginGiven = Given<typeof LOGIN_OPTIONS>;

export const LOGIN = command({
  name: 'login',
  summary: 'Keep an address and an API key as a profile.',
  description:
    'Asks for the API key without showing it, tries it, and keeps it in a file that only you can read. In scripts set ' +
    'SIGNPOST_URL and SIGNPOST_API_KEY instead. There is no option for the key: it would stay in the history of your shell.',
  examples: ['login --server https://signpost.example.com', 'login --profile staging --key-stdin < key.txt'],
  options: LOGIN_OPTIONS,
  load: async () => (await import('./login.js')).login,
});

export const LOGOUT = command({
  name: 'logout',
  summary: "Forget the profile's address and API key. The key itself stays good: revoke it over the API.",
  load: async () => (await import('./login.js')).logout,
});

/** What of a profile may be set by hand. */
const SETTABLE = ['server', 'app'] as const;
const SET_ARGUMENTS = {
  name: argument('What to set.', SETTABLE),
  value: argument('To what; "" forgets it.'),
} as const;
export type SetGiven = Given<undefined, typeof SET_ARGUMENTS>;
const USE_ARGUMENTS = { name: argument('The profile.') } as const;
export type UseGiven = Given<undefined, typeof USE_ARGUMENTS>;
const SHOW_ARGUMENTS = { name: optionalArgument('The profile; the one in use, unless it is given.') } as const;
export type ShowGiven = Given<undefined, typeof SHOW_ARGUMENTS>;

export const CONFIG = group({ name: 'config', summary: 'Look at profiles, and choose one.' }, [
  command({
    name: 'show',
    summary: 'Show what is in use, and where each of it comes from. Keys are never shown.',
    arguments: SHOW_ARGUMENTS,
    load: async () => (await import('./config.js')).showConfig,
  }),
  command({
    name: 'list',
    alias: 'ls',
    summary: 'List the profiles.',
    load: async () => (await import('./config.js')).listProfiles,
  }),
  command({
    name: 'use',
    summary: 'Use this profile from now on.',
    arguments: USE_ARGUMENTS,
    load: async () => (await import('./config.js')).useProfile,
  }),
  command({
    name: 'set',
    summary: 'Set a value of the profile in use.',
    examples: ['config set app acme'],
    arguments: SET_ARGUMENTS,
    load: async () => (await import('./config.js')).setValue,
  }),
  command({
    name: 'path',
    summary: 'Print where the profiles are kept.',
    load: async () => (await import('./config.js')).printPath,
  }),
]);
