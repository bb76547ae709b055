import type { ExplainedEndpointOut, ExplainOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import { items } from '../../api/pages.js';
import type { Context } from '../../context.js';
import type { Colour } from '../../output/colours.js';
import { shownDuration, shownTime } from '../../output/durations.js';
import type { ExplainGiven } from './specification.js';

export async function explain(context: Context, { id, app, endpoint, limit }: ExplainGiven): Promise<void> {
  const client = await context.client();
  const path = `/api/v1/explain/${inPath(id)}`;
  // Narrowed by the profile's application only where that is asked for: an id of a log may be of any.
  const query = { appId: app, endpointId: endpoint };
  const first = await client.get<ExplainOut>(path, { ...query, limit: Math.min(limit, 250) });
  const endpoints = [...first.endpoints];
  if (!first.done && first.iterator !== null && endpoints.length < limit) {
    const rest = { ...query, iterator: first.iterator };
    for await (const one of more(client, path, rest, limit - endpoints.length)) endpoints.push(one);
  }
  const { output } = context;
  if (output.isJson) {
    output.json({ ...first, endpoints });
    return;
  }
  print(context, first);
  for (const one of endpoints) printEndpoint(context, one);
  for (const note of first.notes) output.note(note);
  const left = first.counts.considered - endpoints.length;
  if (endpoint === undefined && left > 0) output.note(`${String(left)} more endpoints: --limit shows them.`);
}

async function* more(
  client: Parameters<typeof items>[0],
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  most: number,
): AsyncGenerator<ExplainedEndpointOut> {
  let iterator = query['iterator'];
  let left = most;
  while (left > 0 && iterator !== undefined) {
    const page = await client.get<ExplainOut>(path, { ...query, iterator, limit: Math.min(left, 250) });
    yield* page.endpoints.slice(0, left);
    left -= page.endpoints.length;
    iterator = page.done ? undefined : (page.iterator ?? undefined);
  }
}

function print({ output }: Context, { message, summary }: ExplainOut): void {
  const { source } = message;
  output.line(output.paint('bold', summary));
  output.fields([
    ['message', message.id],
    ['application', message.appId],
    ['event type', message.eventType],
    ['event', message.eventId],
    ['conversation', message.conversationId],
    [
      'source',
      source === undefined ? undefined : `${source.topic}:${String(source.partition)}:${String(source.offset)}`,
    ],
    ['accepted', shownTime(message.acceptedAt)],
  ]);
}

function printEndpoint({ output }: Context, endpoint: ExplainedEndpointOut): void {
  const { endpointId, deliveryId, url, verdict, rule, changedAt, stages, attempts, next } = endpoint;
  output.heading(`${endpointId}${url === undefined ? '' : `  ${url}`}`);
  output.line(`${output.paint(colourOf(verdict), verdict)}  ${rule.text}`);
  if (rule.clause !== undefined) output.line(`  decided by: ${rule.clause}`);
  if (deliveryId !== undefined) output.line(`  delivery: ${deliveryId}`);
  if (changedAt !== undefined) {
    output.line(`  the endpoint was changed at ${shownTime(changedAt)}, after this: its URL is the one of now`);
  }
  for (const { name, at, ms, attempt, reason } of stages) {
    // Of an attempt its answer is said below.
    const what = attempt === undefined ? (reason ?? '') : String(attempt);
    const lasted = ms === undefined ? '' : output.paint('dim', `  ${shownDuration(ms)}`);
    output.line(`  ${output.paint('dim', shownTime(at))}  ${`${name} ${what}`.trimEnd()}${lasted}`);
  }
  for (const { attempt, outcome, status, reason, transformationVersion } of attempts) {
    const answer = status === undefined ? (reason ?? '') : String(status);
    const by =
      transformationVersion === undefined ? '' : `, by version ${String(transformationVersion)} of the transformation`;
    output.line(
      `  attempt ${String(attempt)}: ${output.paint(outcome === 'delivered' ? 'green' : 'red', answer)}${by}`,
    );
  }
  const at = next.at === undefined ? '' : ` at ${shownTime(next.at)}`;
  output.line(`  next: ${next.what}${at}. ${next.why}`);
}

function colourOf(verdict: string): Colour {
  if (verdict === 'delivered') return 'green';
  if (verdict === 'dead') return 'red';
  return verdict === 'pending' ? 'yellow' : 'dim';
}
