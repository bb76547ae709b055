import type { ExplainedEndpointOut, ExplainOut } from '@signpost/contracts';
import type { EndpointId, HealthMemory } from '@signpost/domain';
import type { ExplainedMessage, MessageStory } from '@signpost/ports';
import { explainedEndpoint } from './explained-endpoint.js';
import type { FoundMessage } from './sought.js';

const MOST_OTHERS = 10;

interface Around {
  /** Undefined where nobody's filters need it, or it is not kept. */
  readonly payload: Buffer | undefined;
  /** What an endpoint's lane remembers of its health, if anything. */
  readonly memoryOf: (endpointId: EndpointId) => HealthMemory | undefined;
  readonly nowMs: number;
}

export function explainOut(
  anyId: string,
  { as, message, others }: FoundMessage,
  story: MessageStory,
  { payload, memoryOf, nowMs }: Around,
): ExplainOut {
  const { matched: match } = story;
  const endpoints = story.endpoints.map((one) =>
    explainedEndpoint({ message, payload, matched: match, story: one, memory: memoryOf(one.endpointId), nowMs }),
  );
  const matched = story.matched?.endpointIds.size ?? 0;
  return {
    asked: { id: anyId, as },
    message: messageOut(message, story),
    summary: summaryOf(story, endpoints),
    counts: { considered: story.considered, matched, notMatched: Math.max(0, story.considered - matched) },
    endpoints,
    iterator: story.beyond ?? null,
    done: story.beyond === undefined,
    notes: notesOf(message, others, story),
  };
}

function messageOut(message: ExplainedMessage, { matched }: MessageStory): ExplainOut['message'] {
  const { id, applicationId, eventType, eventId, conversationId, channels, acceptedAt, origin, hasPayload } = message;
  return {
    id,
    appId: applicationId,
    eventType,
    acceptedAt: acceptedAt.toISOString(),
    matchedAt: matched?.at.toISOString() ?? null,
    hasPayload,
    ...(eventId === undefined ? {} : { eventId }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(channels === undefined ? {} : { channels: [...channels] }),
    ...(origin === undefined ? {} : { source: { ...origin } }),
  };
}

function summaryOf({ matched, considered, beyond }: MessageStory, endpoints: readonly ExplainedEndpointOut[]): string {
  if (matched === undefined) return 'It was accepted, and is not matched yet, as far as the delivery log knows.';
  if (matched.isRepeat) {
    return `It repeats an event that came shortly before: that message was sent, and this one to nobody.${spoken(endpoints, '', ' Sent all the same: ')}`;
  }
  if (matched.endpointIds.size === 0) {
    return `It was matched to none of ${counted(considered, 'endpoint')}.${spoken(endpoints, '', ' Sent all the same: ')}`;
  }
  const isWhole = beyond === undefined || endpoints.length >= matched.endpointIds.size;
  const head = `It was matched to ${String(matched.endpointIds.size)} of ${counted(considered, 'endpoint')}`;
  return spoken(endpoints, `${head}.`, isWhole ? `${head}: ` : `${head}; of those on this page: `);
}

/** '1 delivered, 2 pending.' */
function spoken(endpoints: readonly ExplainedEndpointOut[], otherwise: string, before: string): string {
  const counts = new Map<string, number>();
  for (const { verdict } of endpoints) {
    if (verdict !== 'not-matched') counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  if (counts.size === 0) return otherwise;
  return `${before}${[...counts].map(([verdict, count]) => `${String(count)} ${verdict}`).join(', ')}.`;
}

function notesOf(message: ExplainedMessage, others: readonly ExplainedMessage[], { matched }: MessageStory): string[] {
  const notes: string[] = [];
  if (!message.hasPayload) notes.push('Its payload has expired or was expunged: it cannot be sent again.');
  if (message.isOverQuota === true) {
    notes.push(
      'It came above what its application may send a second, and so took the slow way: the matcher took it when the messages of others left it the time.',
    );
  }
  if (matched === undefined) {
    notes.push(
      'The log is written a moment after things happen: ask again in a second, and look at the lag of the consumer groups if nothing changes.',
    );
  }
  if (others.length > 0) {
    const named = others.slice(0, MOST_OTHERS).map(({ id }) => id);
    notes.push(
      `This is the newest of ${String(others.length + 1)} messages of that id. The others: ${named.join(', ')}.`,
    );
  }
  return notes;
}

const counted = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;
