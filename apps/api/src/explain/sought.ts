import { readCoordinates, type SourceCoordinates } from '@signpost/contracts';
import { isId, type AttemptId, type DeliveryId, type EndpointId, type MessageId } from '@signpost/domain';
import type { ExplainedMessage } from '@signpost/ports';

/** What a text may be the id of. */
export type Sought =
  | { readonly as: 'message'; readonly id: MessageId }
  | { readonly as: 'delivery'; readonly id: DeliveryId }
  | { readonly as: 'attempt'; readonly id: AttemptId }
  | { readonly as: 'source'; readonly origin: SourceCoordinates }
  | { readonly as: 'event'; readonly id: string };

/** In the order in which it is looked for. An event's own id may be any text, that of another's id included. */
export function soughtBy(text: string): readonly Sought[] {
  const event = { as: 'event', id: text } as const;
  if (isId('msg', text)) return [{ as: 'message', id: text }, event];
  if (isId('dlv', text)) return [{ as: 'delivery', id: text }, event];
  if (isId('atmpt', text)) return [{ as: 'attempt', id: text }, event];
  const origin = readCoordinates(text);
  return origin === undefined ? [event] : [{ as: 'source', origin }, event];
}

/** A message that an id led to, and what else the id says. */
export interface FoundMessage {
  readonly as: Sought['as'];
  readonly message: ExplainedMessage;
  /** Whose delivery or attempt the id is. */
  readonly endpointId?: EndpointId;
  /** Older messages of the same event id or record. */
  readonly others: readonly ExplainedMessage[];
}

const NAMES: Readonly<Record<Sought['as'], string>> = {
  message: "a message's id",
  delivery: "a delivery's id",
  attempt: "an attempt's id",
  source: 'topic:partition:offset of a record of a source topic',
  event: "an event's own id",
};

/** What was looked for in vain, what ids look like, and where else it may be. */
export function nothingFound(text: string, application: string | undefined): string {
  const sought = soughtBy(text);
  const tried = sought.map(({ as }) => NAMES[as]).join(' and as ');
  const where = application === undefined ? '' : ` in the application ${application}`;
  const refused = sought.some(({ as }) => as === 'source')
    ? ' If intake refused that record, it is among the rejected ones, with the reason: GET /api/v1/rejected, or `signpost rejected ls`.'
    : '';
  return (
    `Nothing is known of ${JSON.stringify(text)}${where}: it was looked for as ${tried}.${refused} Ids look like msg_… (a message, and the ` +
    'webhook-id of its requests), dlv_… (a delivery) or atmpt_… (an attempt), each with 27 letters and digits; ' +
    'platform.events:3:1042 (topic, partition and offset); or are whatever your producer named the event. What belongs to ' +
    'another organisation, or is older than the delivery log, is not found either.'
  );
}
