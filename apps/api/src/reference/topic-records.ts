import { DELIVERY_HEADER, REDRIVE_HEADER, REJECTION_HEADER, TOPICS, type TopicName } from '@signpost/contracts';
import { TIER_NAMES } from '@signpost/domain';
import type { JsonObject } from './components.js';

const text = (description: string, more: JsonObject = {}): JsonObject => ({ type: 'string', description, ...more });
const headers = (always: JsonObject, sometimes: JsonObject = {}): JsonObject => ({
  type: 'object',
  required: Object.keys(always),
  properties: { ...always, ...sometimes },
});

/** CloudEvents 1.0 in binary mode, as a platform's service sends an event. */
export const SENT_HEADERS = headers(
  {
    ce_specversion: text('Of CloudEvents.', { const: '1.0' }),
    ce_id: text("The event's id at its producer: repeats with it are one event."),
    ce_source: text('Who produced it.'),
    ce_type: text('The event type.'),
    ce_application: text('The id of the application that it is for, or its uid.'),
  },
  {
    ce_conversation: text('Events of one conversation keep their order.'),
    ce_channels: text('Channels, with commas between or as a JSON list.'),
    'content-type': text('application/json.'),
  },
);

/** The same as Signpost keeps it, and what it has found out. */
export const ACCEPTED_HEADERS = headers(
  {
    ce_specversion: text('Of CloudEvents.', { const: '1.0' }),
    ce_id: text("The producer's id of the event, or else the message's."),
    ce_source: text('The application, as a path.'),
    ce_type: text('The event type.'),
    ce_time: text('When the message was accepted.', { format: 'date-time' }),
    'content-type': text('application/json.'),
    ce_message: text("The message's id: the webhook-id of its deliveries."),
    ce_application: text("The application's id."),
  },
  {
    ce_event: text("The producer's id, where there is one."),
    ce_conversation: text('The conversation.'),
    ce_channels: text('A JSON list.'),
    ce_tags: text('A JSON list.'),
    ce_payloadexpiry: text('From when on the payload is shown to nobody.', { format: 'date-time' }),
    ce_endpoint: text('For this endpoint alone.'),
    ce_origin: text("Where it lies in the platform's own topic: topic:partition:offset."),
  },
);

const DELIVERY_FIELD = { [DELIVERY_HEADER]: text('The delivery, as compact JSON. Fields are added, never renamed.') };

/** What a topic holds that is no event by itself. */
interface TopicRecord {
  readonly title: string;
  readonly summary: string;
  readonly headers?: JsonObject;
  readonly payload: JsonObject;
}

const EVENT_BYTES = { description: "The event's payload, byte for byte as it came in." };
const delivery = (title: string, summary: string): TopicRecord => ({
  title,
  summary,
  headers: headers(DELIVERY_FIELD),
  payload: EVENT_BYTES,
});

const WAITING = TIER_NAMES.map(
  (tier) =>
    [TOPICS.retry(tier), delivery(`Delivery waiting ${tier}`, 'Tried again once its tier has passed.')] as const,
);

/** By topic, without those that hold events. */
export const TOPIC_RECORDS: Readonly<Partial<Record<TopicName, TopicRecord>>> = {
  [TOPICS.rejected]: {
    title: 'Rejection',
    summary: 'What intake refused, with its own headers and bytes, so that it can be corrected and sent again.',
    headers: headers({ [REJECTION_HEADER]: text('JSON: code, reason, where the record came from, and when.') }),
    payload: { description: 'The refused record’s value; absent where it was too large to be kept.' },
  },
  [TOPICS.redriven]: {
    title: 'Re-driven record',
    summary: 'A refused record on its way to intake again, corrected or not: it is read by the rules of its own topic.',
    headers: headers({
      [REDRIVE_HEADER]: text('JSON: where the record came from, when it was sent again, and how often.'),
    }),
    payload: { description: 'The refused record’s value, or what it was corrected to.' },
  },
  [TOPICS.control]: {
    title: 'Control state',
    summary: 'The current state of an application, endpoint, event type or API key; without a value: deleted.',
    headers: headers({ version: text('Rises with every change.') }),
    payload: { type: 'object', description: 'Internal: read it by the API.' },
  },
  [TOPICS.deliveries]: delivery('Delivery', 'One message owed to one endpoint, fresh.'),
  [TOPICS.returning]: delivery('Returning delivery', 'Back from a tier, from parked or from a recovery.'),
  ...Object.fromEntries(WAITING),
  [TOPICS.parked]: delivery('Parked delivery', 'Waits for its endpoint without spending an attempt.'),
  [TOPICS.deadLetter]: {
    title: 'Dead letter',
    summary: 'A delivery that will not be tried again by itself.',
    headers: headers(
      {
        'signpost-dead-letter-reason': text('Why.'),
        'signpost-dead-letter-class': text('Who looks into it first.', { enum: ['customer', 'platform'] }),
        'signpost-dead-letter-at': text('When.', { format: 'date-time' }),
      },
      {
        ...DELIVERY_FIELD,
        'signpost-attempts': text('How many were made.'),
        'signpost-redrives': text('How often it was asked for again before.'),
        'signpost-first-failure-at': text('Of this run.', { format: 'date-time' }),
        'signpost-last-failure-at': text('Of this run.', { format: 'date-time' }),
        'signpost-last-failure': text('http:503, timeout:connect, …'),
        'signpost-last-status': text('HTTP status of the last failure.'),
        'kafka_dlt-original-topic': text('As Spring for Apache Kafka writes it, as all that begin alike.'),
      },
    ),
    payload: EVENT_BYTES,
  },
  [TOPICS.lanes]: {
    title: "Lane's memory",
    summary: 'What a lane remembers across processes, by endpoint.',
    payload: { type: 'object', description: 'Internal: read it by the API.' },
  },
  [TOPICS.journal]: {
    title: 'Fact',
    summary: 'Something that happened to a message or a delivery.',
    payload: {
      type: 'object',
      required: ['kind', 'atMs'],
      properties: {
        kind: text('matched, attempt, …'),
        atMs: { type: 'integer', description: 'Milliseconds since 1970.' },
      },
    },
  },
};
