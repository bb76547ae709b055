import { command, group, type Given } from '../../specification/command.js';
import { APP, argument, choice, flag, LIMIT, list, SINCE, text, UNTIL } from '../../specification/options.js';

const LIST_OPTIONS = {
  app: APP,
  endpoint: text('id or uid', 'Those to this endpoint; the messages of the application, unless it is given.'),
  status: choice(['delivered', 'pending', 'failed', 'sending'], 'Only those that stand so; with --endpoint.'),
  eventTypes: list('names', 'Only these event types.'),
  channel: text('name', 'Only of this channel.'),
  search: text('text', "The beginning of a message's id, or of the id of its event."),
  since: SINCE,
  until: UNTIL,
  limit: LIMIT,
} as const;
export type ListGiven = Given<typeof LIST_OPTIONS>;

const SHOW_OPTIONS = {
  app: APP,
  endpoint: text('id or uid', 'Only what concerns this endpoint.'),
  payload: flag('With the payload, and the beginning of every answer.'),
} as const;
const SHOW_ARGUMENTS = { message: argument("A message's id (the webhook-id), or the id of its event.") } as const;
export type ShowGiven = Given<typeof SHOW_OPTIONS, typeof SHOW_ARGUMENTS>;

export const DELIVERIES = group(
  { name: 'deliveries', alias: 'dl', summary: 'What was sent, where to, and what the answer was.' },
  [
    command({
      name: 'list',
      alias: 'ls',
      summary: "List an endpoint's deliveries, or an application's messages; newest first.",
      examples: ['deliveries list --app acme --endpoint ep_… --status failed --since 2h'],
      options: LIST_OPTIONS,
      load: async () => (await import('./list.js')).listDeliveries,
    }),
    command({
      name: 'show',
      summary: 'Show a message, where it goes, and every attempt.',
      options: SHOW_OPTIONS,
      arguments: SHOW_ARGUMENTS,
      load: async () => (await import('./show.js')).showDeliveries,
    }),
  ],
);
