import { inPath } from '../../api/client.js';
import type { EndpointMessage, Message } from '../../api/message.js';
import { listStart, type ListStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import type { Column } from '../../output/table.js';
import { stateColour } from './state.js';
import type { ListGiven } from './specification.js';

const STATUSES = { delivered: 0, pending: 1, failed: 2, sending: 3 } as const;
const MESSAGE: readonly Column<Message>[] = [
  { title: 'message', of: ({ id }) => id, isWhole: true },
  { title: 'event type', of: ({ eventType }) => eventType },
  { title: 'event', of: ({ eventId }) => eventId },
  { title: 'accepted', of: ({ timestamp }) => shownTime(timestamp), isWhole: true },
];

export async function listDeliveries(context: Context, given: ListGiven): Promise<void> {
  const { endpoint, status, limit } = given;
  const app = inPath(await context.app(given.app));
  if (status !== undefined && endpoint === undefined) {
    throw new UsageError('--status is for the deliveries to one endpoint', 'Add --endpoint <id or uid>.');
  }
  const query = {
    event_types: given.eventTypes,
    channel: given.channel,
    search: given.search,
    after: given.since,
    before: given.until,
    with_content: false,
    ...(status === undefined ? {} : { status: STATUSES[status] }),
  };
  const client = await context.client();
  if (endpoint === undefined) {
    print(context, await listStart<Message>(client, `/api/v1/app/${app}/msg`, query, limit), MESSAGE);
    return;
  }
  const path = `/api/v1/app/${app}/endpoint/${inPath(endpoint)}/msg`;
  print(context, await listStart<EndpointMessage>(client, path, query, limit), [
    ...MESSAGE.slice(0, 2),
    { title: 'state', of: ({ state }) => state, colour: stateColour },
    { title: 'reason', of: ({ deadLetterReason }) => deadLetterReason },
    { title: 'next attempt', of: ({ nextAttempt }) => shownTime(nextAttempt) },
    ...MESSAGE.slice(3),
  ]);
}

function print<T>({ output }: Context, start: ListStart<T>, columns: readonly Column<T>[]): void {
  output.list(start, columns, 'Nothing fits. What was just accepted is in the log a moment later.');
}
