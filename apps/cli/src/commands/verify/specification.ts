import { command, type Given } from '../../specification/command.js';
import { APP, durationOr, optionalArgument, text, texts, time } from '../../specification/options.js';

const OPTIONS = {
  secret: text(
    'whsec_…',
    'What the receiver verifies with (whsec_ or whpk_); - reads it from SIGNPOST_WEBHOOK_SECRET.',
  ),
  endpoint: text('id or uid', "Ask the server for this endpoint's secret, and for what was really sent."),
  app: APP,
  body: text('file', 'The body in a file of its own; then the headers are given by --header.'),
  header: texts('name: value', 'A header of the request; several times for several.'),
  at: time('Check the clock as of this time, not of now.'),
  tolerance: durationOr(300_000, 'How far the clocks may differ.', { min: 0, max: 86_400_000 * 365 }),
} as const;
const ARGUMENTS = {
  request: optionalArgument(
    'A file with the whole request (headers, an empty line, the body), or one that `sink --record` wrote: then its last request. Standard input, unless it is given.',
  ),
} as const;
export type VerifyGiven = Given<typeof OPTIONS, typeof ARGUMENTS>;

export const VERIFY = command({
  name: 'verify',
  summary: "Check a request's signature, and say which part does not fit: header, clock, body or secret.",
  description: 'Exit code 0: it is valid; 7: it is not. With --endpoint the body is compared with what Signpost sent.',
  examples: [
    "verify --secret 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' request.txt",
    'verify --app acme --endpoint ep_… requests.ndjson',
    "verify --secret - --body body.json --header 'webhook-id: msg_…' --header 'webhook-timestamp: 1767323045' --header 'webhook-signature: v1,…'",
  ],
  options: OPTIONS,
  arguments: ARGUMENTS,
  load: async () => (await import('./verify.js')).verify,
});
