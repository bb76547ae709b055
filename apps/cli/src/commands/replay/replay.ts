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

/** Nothing that would take a recovery. */
const isPlain = ({ to, toEndpoint, dryRun, rate, onlyWhileHealthy }: ReplayGiven): boolean =>
  to === undefined && toEndpoint === undefined && !dryRun && rate === undefined && !onlyWhileHealthy;

async function resend(context: Context, { app }: ReplayGiven, message: string, endpoint: string): Promise<void> {
  const owner = await context.app(app);
  const path = `/api/v1/app/${inPath(owner)}/msg/${inPath(message)}/endpoint/${inPath(endpoint)}/resend`;
  await (await context.client()).call('POST', path);
  if (context.output.isJson) context.output.json({ message, endpoint, resent: true });
  else context.output.line(`Sent ${message} to ${endpoint} again.`);
  context.output.note(`signpost deliveries show ${message} --app ${owner} shows what becomes of it.`);
}
