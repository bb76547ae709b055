import { command, type Given } from '../../specification/command.js';
import {
  APP,
  argument,
  count,
  countOr,
  durationOr,
  flag,
  list,
  pairs,
  SINCE,
  text,
} from '../../specification/options.js';

const OPTIONS = {
  app: APP,
  endpoint: text('id or uid', 'Only what this endpoint asked for, signed with its secret.'),
  eventTypes: list('names', 'Only these event types.'),
  channels: list('names', 'Only messages of these channels.'),
  since: SINCE,
  secret: text('whsec_…', "Sign with this; a secret of the profile's own, which stays the same, unless it is given."),
  header: pairs('name=value', 'A header of your own; several times for several.'),
  every: durationOr(500, 'How often the server is asked for new messages.', { min: 50, max: 60_000 }),
  wait: durationOr(15_000, 'How long the receiver may take.', { min: 10, max: 300_000 }),
  concurrency: countOr(8, 'Requests to the receiver under way at once; 1 keeps the order.', { min: 1, max: 256 }),
  count: count('End after so many.', { min: 1, max: 1_000_000 }),
  printSecret: flag('Print the secret and end.'),
} as const;
const ARGUMENTS = { to: argument('A port of this machine, or a whole URL.') } as const;
export type ListenGiven = Given<typeof OPTIONS, typeof ARGUMENTS>;

export const LISTEN = command({
  name: 'listen',
  summary:
    "Forward an application's messages to a receiver on this machine as they come, signed, and show what it answers.",
  description:
    'What is forwarded here is a copy: real endpoints get theirs as ever, and nothing of it is retried or recorded. The API key needs ' +
    'the scope read, and write for the secret of an endpoint. Ctrl-C ends it. With --json one object a line.',
  examples: ['listen 3000 --app acme', 'listen http://localhost:3000/hooks --app acme --event-types lead.captured'],
  options: OPTIONS,
  arguments: ARGUMENTS,
  load: async () => (await import('./listen.js')).listen,
});
