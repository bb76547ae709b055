import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { begin, selectionOf } from '../recovery/begin.js';
import type { ReplayGiven } from './specification.js';

export async function replay(context: Context, given: ReplayGiven): Promise<void> {
  const { messages, endpoint, toEndpoint, to } = given;
  if (to !== undefined && toEndpoint !== undefined) {
    throw new UsageError('--to and --to-endpoint exclude each other', 'Give one of them.');
  }
  const [only, ...others] = messages;
  if (only !== undefined && others.length === 0 && endpoint !== undefined && isPlain(given)) {
    await resend(context, given, only, endpoint);
    return;
  }
  const named = messages.length === 0 ? undefined : messages;
  const select = await selectionOf(context, { ...given, messages: named });
  const kind = toEndpoint === undefined ? 'replay' : 'backfill';
  await begin(context, { ...given, kind, select, toEndpointId: toEndpoint });
}

/** What a resend neither has nor keeps: it would be dropped without a word. */
const OF_A_RECOVERY = [
  'to',
  'toEndpoint',
  'why',
  'rate',
  'concurrency',
  'eventTypes',
  'since',
  'until',
  'deliveries',
  'states',
] as const satisfies readonly (keyof ReplayGiven)[];

const isPlain = (given: ReplayGiven): boolean =>
  !given.dryRun && !given.onlyWhileHealthy && OF_A_RECOVERY.every((name) => given[name] === undefined);

async function resend(context: Context, { app }: ReplayGiven, message: string, endpoint: string): Promise<void> {
  const owner = await context.app(app);
  const path = `/api/v1/app/${inPath(owner)}/msg/${inPath(message)}/endpoint/${inPath(endpoint)}/resend`;
  await (await context.client()).call('POST', path);
  if (context.output.isJson) context.output.json({ message, endpoint, resent: true });
  else context.output.line(`Sent ${message} to ${endpoint} again.`);
  context.output.note(`signpost deliveries show ${message} --app ${owner} shows what becomes of it.`);
}
