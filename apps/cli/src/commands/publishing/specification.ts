import { command, type Given } from '../../specification/command.js';
import { APP, argument, countOr, list, number, pairs, text, time } from '../../specification/options.js';

const TYPE = { eventType: argument('Its event type, as message.received.') } as const;

const FIELDS = {
  app: APP,
  channels: list('names', 'Only to endpoints that asked for one of these channels, or for none.'),
  conversation: text('id', 'The conversation that it belongs to, for order.'),
} as const;

const SEND_OPTIONS = {
  ...FIELDS,
  data: text('json', 'The event\'s data: {"type", "timestamp", "data"} is put around it.'),
  payload: text('json', 'The whole payload, delivered byte for byte; instead of --data.'),
  file: text('name', 'Read --data from a file; - reads standard input.'),
  payloadFile: text('name', 'Read --payload from a file; - reads standard input.'),
  timestamp: time('When it happened, beside --data; now, unless it is given.'),
  eventId: text('id', 'Your own id of the event; one that was used already is refused.'),
  idempotencyKey: text(
    'key',
    'Makes the same command send once, within 12 hours. With --data it needs --timestamp, so that the command is the same.',
  ),
} as const;
export type SendGiven = Given<typeof SEND_OPTIONS, typeof TYPE>;

export const SEND = command({
  name: 'send',
  summary: 'Publish one event.',
  examples: [
    'send lead.captured --app acme --data \'{"leadId":"l_1","contact":{"email":"zoe@example.com"}}\'',
    'send rating.submitted --app acme --payload-file rating.json',
  ],
  options: SEND_OPTIONS,
  arguments: TYPE,
  load: async () => (await import('./send.js')).send,
});

const TRIGGER_OPTIONS = {
  ...FIELDS,
  set: pairs(
    'path=value',
    'Changes the example: data.score=4, data.lead.name=Zoë. JSON where it can be read as such, else text.',
  ),
  count: countOr(1, 'How many.', { min: 1, max: 1_000_000 }),
  rate: number('per-second', 'At most so many a second; as fast as they are accepted, unless it is given.', {
    min: 0.01,
    max: 10_000,
  }),
  example: countOr(0, "Which of the schema's examples, from 0.", { min: 0, max: 1_000 }),
} as const;
export type TriggerGiven = Given<typeof TRIGGER_OPTIONS, typeof TYPE>;

export const TRIGGER = command({
  name: 'trigger',
  summary: "Publish an event type's example, with changes of yours, once or many times.",
  description:
    "The example is that of the server's event type, or of the catalogue that comes with Signpost. Its timestamp becomes now.",
  examples: [
    'trigger handoff.requested --app acme',
    'trigger rating.submitted --app acme --set data.score=1 --count 100 --rate 10',
  ],
  options: TRIGGER_OPTIONS,
  arguments: TYPE,
  load: async () => (await import('./trigger.js')).trigger,
});
