import type { MessageAttemptOut, MessageEndpointOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import type { Message } from '../../api/message.js';
import { someItems } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { shownDuration, shownTime } from '../../output/durations.js';
import { stateColour } from './state.js';
import type { ShowGiven } from './specification.js';

const MOST = 1_000;

export async function showDeliveries(context: Context, { app, endpoint, message, payload }: ShowGiven): Promise<void> {
  const client = await context.client();
  const base = `/api/v1/app/${inPath(await context.app(app))}`;
  const found = await client.get<Message>(`${base}/msg/${inPath(message)}`, { with_content: payload });
  const all = await someItems<MessageEndpointOut>(client, `${base}/msg/${inPath(found.id)}/endpoint`, {}, MOST);
  const endpoints = all.filter(({ id, uid }) => endpoint === undefined || id === endpoint || uid === endpoint);
  const query = { order: 'ascending', with_content: payload, endpoint_id: endpoint };
  const attempts = await someItems<MessageAttemptOut>(client, `${base}/attempt/msg/${inPath(found.id)}`, query, MOST);
  if (context.output.isJson) {
    context.output.json({ message: found, endpoints, attempts });
    return;
  }
  print(context, found, endpoints, attempts);
  if (payload) {
    context.output.heading('Payload');
    context.output.line(JSON.stringify(found.payload, null, 2));
  }
}

function print(
  { output }: Context,
  message: Message,
  endpoints: readonly MessageEndpointOut[],
  attempts: readonly MessageAttemptOut[],
): void {
  output.fields([
    ['message', message.id],
    ['event type', message.eventType],
    ['event', message.eventId],
    ['channels', message.channels?.join(', ')],
    ['accepted', shownTime(message.timestamp)],
  ]);
  output.heading('Endpoints');
  output.table(
    endpoints,
    [
      { title: 'endpoint', of: ({ id }) => id, isWhole: true },
      { title: 'url', of: ({ url }) => url },
      { title: 'state', of: ({ state }) => state, colour: stateColour },
      { title: 'reason', of: ({ deadLetterReason }) => deadLetterReason },
      { title: 'next attempt', of: ({ nextAttempt }) => shownTime(nextAttempt) },
    ],
    'It goes to no endpoint, or none is known yet.',
  );
  output.heading('Attempts');
  output.table(
    attempts,
    [
      { title: 'attempt', of: ({ id }) => id, isWhole: true },
      { title: 'no.', of: ({ attempt }) => attempt, isRight: true },
      { title: 'endpoint', of: ({ endpointId }) => endpointId },
      { title: 'at', of: ({ timestamp }) => shownTime(timestamp) },
      { title: 'answer', of: answerOf, colour: ({ status }) => (status === 0 ? 'green' : 'red') },
      { title: 'took', of: ({ responseDurationMs }) => shownDuration(responseDurationMs), isRight: true },
      { title: 'by', of: ({ triggerType }) => (triggerType === 1 ? 'hand' : 'schedule') },
    ],
    'There is no attempt yet.',
  );
  output.note(`signpost explain ${message.id} says why it went where it went, and what happens next.`);
}

const answerOf = ({ responseStatusCode, reason }: MessageAttemptOut): string =>
  responseStatusCode === 0 ? (reason ?? 'none') : String(responseStatusCode);
