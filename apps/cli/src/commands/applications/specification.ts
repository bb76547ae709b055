import { command, group, type Given } from '../../specification/command.js';
import { argument, count, LIMIT, pairs, restOfArguments, text, YES } from '../../specification/options.js';

const LIST_OPTIONS = { limit: LIMIT } as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const ONE = { application: argument("The application's id or uid.") } as const;
export type OneGiven = Given<undefined, typeof ONE>;

const FIELDS = {
  uid: text('uid', 'Your own name for it, which stands for its id everywhere.'),
  metadata: pairs('name=value', 'Several times for several.'),
  rate: count('Most messages a second to all of its endpoints.', { min: 1, max: 65_535 }),
  quota: count('Messages a second from which on the rest takes the slow way in.', { min: 1, max: 1_000_000 }),
  validation: pairs(
    'type=mode',
    'Whether payloads of an event type (* for all others) are checked: enforce, warn or off.',
  ),
} as const;
const CREATE_ARGUMENTS = { name: argument('A name for people.') } as const;
export type CreateGiven = Given<typeof FIELDS, typeof CREATE_ARGUMENTS>;

const UPDATE_OPTIONS = { ...FIELDS, name: text('name', 'A name for people.') } as const;
export type UpdateGiven = Given<typeof UPDATE_OPTIONS, typeof ONE>;

const DELETE_OPTIONS = { yes: YES } as const;
const DELETE_ARGUMENTS = { applications: restOfArguments('Ids or uids.') } as const;
export type DeleteGiven = Given<typeof DELETE_OPTIONS, typeof DELETE_ARGUMENTS>;

export const APPLICATIONS = group(
  { name: 'applications', alias: 'apps', summary: 'The customers that own endpoints.' },
  [
    command({
      name: 'list',
      alias: 'ls',
      summary: 'List applications.',
      options: LIST_OPTIONS,
      load: async () => (await import('./applications.js')).listApplications,
    }),
    command({
      name: 'get',
      summary: 'Show one.',
      arguments: ONE,
      load: async () => (await import('./applications.js')).getApplication,
    }),
    command({
      name: 'create',
      summary: 'Create one.',
      examples: ['applications create "Acme Ltd" --uid acme'],
      options: FIELDS,
      arguments: CREATE_ARGUMENTS,
      load: async () => (await import('./applications.js')).createApplication,
    }),
    command({
      name: 'update',
      summary: 'Change what is given, and leave the rest.',
      options: UPDATE_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./applications.js')).updateApplication,
    }),
    command({
      name: 'delete',
      alias: 'rm',
      summary: 'Delete applications with their endpoints; what is owed to these is cancelled.',
      options: DELETE_OPTIONS,
      arguments: DELETE_ARGUMENTS,
      load: async () => (await import('./applications.js')).deleteApplications,
    }),
  ],
);
