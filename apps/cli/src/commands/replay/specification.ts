import { command, type Given } from '../../specification/command.js';
import { restOfArguments, text } from '../../specification/options.js';
import { JOB, OF_ENDED, SELECTION } from '../recovery/selection.js';

const { messages: _messages, ...NARROWED } = SELECTION;
const OPTIONS = {
  ...NARROWED,
  ...OF_ENDED,
  ...JOB,
  toEndpoint: text('id or uid', 'To this endpoint, which came later: what it was not owed then.'),
} as const;
const ARGUMENTS = {
  messages: restOfArguments('Ids of messages; all that the options select, unless some are named.', true),
} as const;
export type ReplayGiven = Given<typeof OPTIONS, typeof ARGUMENTS>;

export const REPLAY = command({
  name: 'replay',
  summary: 'Send what was delivered once more: some messages, a time, to another URL, or to a new endpoint.',
  description:
    'Runs as a recovery on the server. One message to one endpoint, with nothing else said, is sent again at once, whatever became ' +
    'of it. Dead letters are sent again by `signpost dlq redrive`.',
  examples: [
    'replay msg_… --app acme --endpoint ep_…',
    'replay --app acme --endpoint ep_… --since 2h --why "their database was restored"',
    'replay --app acme --since 7d --to-endpoint ep_new --why "backfill of the new consumer" --rate 50',
  ],
  options: OPTIONS,
  arguments: ARGUMENTS,
  load: async () => (await import('./replay.js')).replay,
});
