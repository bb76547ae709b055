import { command, type Given } from '../../specification/command.js';
import { count, countOr, number, range, text } from '../../specification/options.js';

const OPTIONS = {
  port: countOr(4_000, 'Where to listen; 0: any free port.', { min: 0, max: 65_535 }),
  host: text('address', '127.0.0.1, unless it is given; 0.0.0.0 lets other machines in.'),
  status: count('What it answers; 200, unless it is given.', { min: 200, max: 599 }),
  failRate: number('share', 'How many of the requests fail, from 0 to 1.', { min: 0, max: 1 }),
  failStatus: count('What a failed request is answered; 503, unless it is given. 0 closes the connection.', {
    min: 0,
    max: 599,
  }),
  retryAfter: count('Seconds, as Retry-After on failures.', { min: 0, max: 86_400 }),
  latency: range('Milliseconds before the answer: 200, or a range: 200..800.', 600_000),
  record: text('file', 'Append every request to this file, one JSON object a line.'),
  secret: text('whsec_…', 'Verify each signature with this, and say which part does not fit.'),
  seed: countOr(1, 'Failures and latencies follow from it: the same again with the same seed.', {
    min: 0,
    max: 4_294_967_295,
  }),
  count: count('End after so many requests.', { min: 1, max: 1_000_000_000 }),
} as const;
export type SinkGiven = Given<typeof OPTIONS>;

export const SINK = command({
  name: 'sink',
  summary:
    'A receiver to try deliveries with: shows, verifies and records them, and fails as often and as slowly as you like.',
  description:
    'Answers every path. GET /__requests lists the last 100 requests as JSON, and DELETE forgets them. Ctrl-C ends it, with a ' +
    'summary. With --json one object a line.',
  examples: [
    'sink --port 4000 --fail-rate 0.2 --latency 200..800',
    'sink --port 4000 --status 410 --record requests.ndjson',
  ],
  options: OPTIONS,
  load: async () => (await import('./sink.js')).sink,
});
