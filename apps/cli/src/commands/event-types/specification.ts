import { command, group, type Given } from '../../specification/command.js';
import { argument, flag, LIMIT, text, YES } from '../../specification/options.js';

const LIST_OPTIONS = { limit: LIMIT, archived: flag('With those that are archived.') } as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const ONE = { eventType: argument('Its name, as message.received.') } as const;
const GET_OPTIONS = { example: flag('Only the example that `trigger` would send.') } as const;
export type GetGiven = Given<typeof GET_OPTIONS, typeof ONE>;

const FIELDS = {
  description: text('text', 'What it says, for people.'),
  schema: text('file', "The payload's JSON Schema; - reads standard input."),
  schemaVersion: text('name', 'The version that the schema stands under; 1, unless it is given.'),
  deprecated: flag('Marks it as one that should not be used any more.'),
} as const;
export type CreateGiven = Given<typeof FIELDS, typeof ONE>;

const DELETE_OPTIONS = { expunge: flag('Remove it instead of archiving it.'), yes: YES } as const;
export type DeleteGiven = Given<typeof DELETE_OPTIONS, typeof ONE>;

export const EVENT_TYPES = group(
  { name: 'event-types', alias: 'types', summary: 'The events that are published, with schemas and examples.' },
  [
    command({
      name: 'list',
      alias: 'ls',
      summary: 'List event types.',
      options: LIST_OPTIONS,
      load: async () => (await import('./event-types.js')).listEventTypes,
    }),
    command({
      name: 'get',
      summary: 'Show one with its schema and an example; also of those that come with Signpost.',
      options: GET_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./event-types.js')).getEventType,
    }),
    command({
      name: 'create',
      summary: 'Create one.',
      examples: [
        'event-types create lead.captured --description "A visitor left an address." --schema lead.schema.json',
      ],
      options: FIELDS,
      arguments: ONE,
      load: async () => (await import('./event-types.js')).createEventType,
    }),
    command({
      name: 'update',
      summary: 'Change what is given, and leave the rest.',
      options: FIELDS,
      arguments: ONE,
      load: async () => (await import('./event-types.js')).updateEventType,
    }),
    command({
      name: 'delete',
      alias: 'rm',
      summary: 'Archive one, or remove it.',
      options: DELETE_OPTIONS,
      arguments: ONE,
      load: async () => (await import('./event-types.js')).deleteEventType,
    }),
  ],
);
