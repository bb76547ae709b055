import { command, group, type Given } from '../../specification/command.js';
import {
  APP,
  argument,
  count,
  countOr,
  durationOr,
  flag,
  LIMIT,
  list,
  pairs,
  restOfArguments,
  SINCE,
  text,
  texts,
  url,
  YES,
} from '../../specification/options.js';
import { retries } from './retries.js';

const DAY_MS = 86_400_000;

const LIST_OPTIONS = { app: APP, limit: LIMIT } as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const ONE = { endpoint: argument("The endpoint's id or uid.") } as const;
const OF_APP = { app: APP } as const;
export type OneGiven = Given<typeof OF_APP, typeof ONE>;

const FIELDS = {
  app: APP,
  uid: text('uid', 'Your own name for it.'),
  description: text('text', 'What it is, for people.'),
  eventTypes: list('names', 'Only these event types, * standing for any run of characters; all, unless it is given.'),
  channels: list('names', 'Only these channels.'),
  filter: texts(
    'pattern',
    'Only what fits it: a JSON pattern that begins with {, or a condition in CEL. Several times for several; "" for none.',
  ),
  rate: count('Most messages a second.', { min: 1, max: 65_535 }),
  metadata: pairs('name=value', 'Several times for several.'),
  retries,
} as const;
const CREATE_OPTIONS = {
  ...FIELDS,
  disabled: flag('Deliver nothing yet.'),
  secret: text('whsec_…', 'Sign with this; a new one is made unless it is given.'),
} as const;
const CREATE_ARGUMENTS = { url: argument('Where to deliver.') } as const;
export type CreateGiven = Given<typeof CREATE_OPTIONS, typeof CREATE_ARGUMENTS>;

const UPDATE_OPTIONS = {
  ...FIELDS,
  url: url('Where to deliver.'),
  enable: flag('Switch it on; what it is owed is delivered.'),
  disable: flag('Switch it off; what it is owed waits.'),
} as const;
export type UpdateGiven = Given<typeof UPDATE_OPTIONS, typeof ONE>;

const DELETE_OPTIONS = { app: APP, yes: YES } as const;
const DELETE_ARGUMENTS = { endpoints: restOfArguments('Ids or uids.') } as const;
export type DeleteGiven = Given<typeof DELETE_OPTIONS, typeof DELETE_ARGUMENTS>;

const ROTATE_OPTIONS = {
  app: APP,
  grace: durationOr(DAY_MS, 'How long the old secret signs on.', { min: 0, max: 7 * DAY_MS }),
  yes: YES,
} as const;
export type RotateGiven = Given<typeof ROTATE_OPTIONS, typeof ONE>;

const TEST_ARGUMENTS = { ...ONE, eventType: argument('Whose example is sent.') } as const;
export type TestGiven = Given<typeof OF_APP, typeof TEST_ARGUMENTS>;

const TRY_OPTIONS = {
  app: APP,
  filter: FIELDS.filter,
  limit: countOr(50, 'The newest so many messages.', { min: 1, max: 100 }),
} as const;
export type TryGiven = Given<typeof TRY_OPTIONS, typeof ONE>;

const STATS_OPTIONS = { app: APP, since: SINCE } as const;
export type StatsGiven = Given<typeof STATS_OPTIONS, typeof ONE>;

export const ENDPOINTS = group({ name: 'endpoints', alias: 'ep', summary: 'Where events are delivered.' }, [
  command({
    name: 'list',
    alias: 'ls',
    summary: "List an application's endpoints with their health.",
    options: LIST_OPTIONS,
    load: async () => (await import('./endpoints.js')).listEndpoints,
  }),
  command({
    name: 'get',
    summary: 'Show one.',
    options: OF_APP,
    arguments: ONE,
    load: async () => (await import('./endpoints.js')).getEndpoint,
  }),
  command({
    name: 'create',
    summary: 'Create one.',
    examples: [
      'endpoints create https://example.com/hooks --app acme --event-types lead.captured,rating.submitted',
      'endpoints create https://example.com/hooks --app acme --retries 5s,1m,10m',
      `endpoints create https://example.com/hooks --app acme --event-types 'message.*' --filter 'data.confidence < 0.5'`,
    ],
    options: CREATE_OPTIONS,
    arguments: CREATE_ARGUMENTS,
    load: async () => (await import('./change-endpoints.js')).createEndpoint,
  }),
  command({
    name: 'update',
    summary: 'Change what is given, and leave the rest.',
    options: UPDATE_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./change-endpoints.js')).updateEndpoint,
  }),
  command({
    name: 'delete',
    alias: 'rm',
    summary: 'Delete endpoints; what they are owed is cancelled.',
    options: DELETE_OPTIONS,
    arguments: DELETE_ARGUMENTS,
    load: async () => (await import('./change-endpoints.js')).deleteEndpoints,
  }),
  command({
    name: 'secret',
    summary: 'Print what its receiver verifies with.',
    options: OF_APP,
    arguments: ONE,
    load: async () => (await import('./endpoints.js')).printSecret,
  }),
  command({
    name: 'rotate',
    summary: 'Sign with a new secret, and with the old one for a while longer; prints the new one.',
    options: ROTATE_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./change-endpoints.js')).rotateSecret,
  }),
  command({
    name: 'pause',
    summary: 'Let everything owed to it wait, without spending attempts.',
    options: OF_APP,
    arguments: ONE,
    load: async () => (await import('./change-endpoints.js')).pauseEndpoint,
  }),
  command({
    name: 'resume',
    summary: 'Hand on what has waited, and what comes.',
    options: OF_APP,
    arguments: ONE,
    load: async () => (await import('./change-endpoints.js')).resumeEndpoint,
  }),
  command({
    name: 'test',
    summary: "Send an event type's example to this endpoint alone.",
    options: OF_APP,
    arguments: TEST_ARGUMENTS,
    load: async () => (await import('./endpoints.js')).testEndpoint,
  }),
  command({
    name: 'try-filter',
    summary: "Hold filters, or the endpoint's own, against the newest messages; says why some do not match.",
    examples: [`endpoints try-filter crm --app acme --filter '{"data":{"score":{"$gte":4}}}'`],
    options: TRY_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./try-filter.js')).tryFilter,
  }),
  command({
    name: 'stats',
    summary: 'How many of its deliveries stand how.',
    options: STATS_OPTIONS,
    arguments: ONE,
    load: async () => (await import('./endpoints.js')).endpointStats,
  }),
]);
