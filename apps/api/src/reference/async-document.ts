import { TOPIC_SETTINGS, TOPICS, type TopicName, type TopicSettings } from '@signpost/contracts';
import { EVENT_CATALOGUE, type EventDefinition } from '@signpost/domain';
import type { JsonObject } from './components.js';
import { ACCEPTED_HEADERS, SENT_HEADERS, TOPIC_RECORDS } from './topic-records.js';
import { componentName } from './webhooks.js';

const BINDING_VERSION = '0.5.0';
const OF_EVENTS: readonly TopicName[] = [TOPICS.messages, TOPICS.messagesBulk];
const SOURCE = 'source';

const PREFIX = {
  prefix: { default: 'signpost.', description: 'KAFKA_TOPIC_PREFIX, before every topic’s name.' },
} as const;

/** AsyncAPI 3: every topic, what its records say, and the events that a platform's services send. */
export function asyncDocument(): JsonObject {
  const channels = Object.fromEntries(TOPIC_SETTINGS.map((topic) => [topic.name, topicChannel(topic)] as const));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Signpost topics',
      version: '1',
      description:
        'What a chatbot platform’s services send to Signpost by Kafka, and the topics that Signpost keeps. Events are ' +
        'CloudEvents 1.0 in binary mode: attributes are headers, the payload is the value. No library of ours is needed.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: { [SOURCE]: sourceChannel(), ...channels },
    operations: {
      takeIn: {
        action: 'receive',
        channel: { $ref: '#/channels/source' },
        summary: 'Each record becomes a message, or lies in messages.rejected with the reason.',
      },
      accept: {
        action: 'send',
        channel: { $ref: '#/channels/messages' },
        summary: 'What was accepted, from whichever way in.',
      },
      reject: {
        action: 'send',
        channel: { $ref: `#/channels/${TOPICS.rejected}` },
        summary: 'What was refused, to be looked at, corrected and sent again.',
      },
    },
    components: { messages: messages(), schemas: { SentHeaders: SENT_HEADERS, AcceptedHeaders: ACCEPTED_HEADERS } },
  };
}

/** A message for each event type and way: as it is sent, and as it is kept. */
function messages(): JsonObject {
  const events = EVENT_CATALOGUE.flatMap((event): readonly (readonly [string, JsonObject])[] => {
    const name = componentName(event.name);
    const accepted = [[`Accepted${name}`, eventMessage(event, 'AcceptedHeaders')] as const];
    return event.kind === 'conversation'
      ? [[name, eventMessage(event, 'SentHeaders')] as const, ...accepted]
      : accepted;
  });
  const records = Object.entries(TOPIC_RECORDS).map(([topic, record]): readonly [string, JsonObject] => [
    recordName(topic),
    { ...record },
  ]);
  return Object.fromEntries([...events, ...records]);
}

function eventMessage({ name, description, schema, example }: EventDefinition, headers: string): JsonObject {
  const { $schema: _, examples: __, ...payload } = schema;
  return {
    name,
    title: name,
    summary: description,
    contentType: 'application/json',
    headers: { $ref: `#/components/schemas/${headers}` },
    payload,
    examples: [{ payload: example }],
  };
}

function sourceChannel(): JsonObject {
  const sent = EVENT_CATALOGUE.filter(({ kind }) => kind === 'conversation').map(({ name }) => componentName(name));
  return {
    address: '{topic}',
    description: 'A topic of the platform’s own. An operator’s own event types are sent alike.',
    parameters: { topic: { description: 'One of INGEST_SOURCE_TOPICS.' } },
    messages: references(sent),
    bindings: { kafka: { bindingVersion: BINDING_VERSION } },
  };
}

function topicChannel({ name, holds, cleanup, retentionMs, logAppendTime }: TopicSettings): JsonObject {
  const isOfEvents = OF_EVENTS.includes(name);
  const held = isOfEvents ? EVENT_CATALOGUE.map((event) => `Accepted${componentName(event.name)}`) : [recordName(name)];
  const topicConfiguration = {
    'cleanup.policy': [cleanup],
    ...(retentionMs === undefined ? {} : { 'retention.ms': retentionMs }),
  };
  const clock = logAppendTime === true ? ' Its records carry the broker’s time of arrival.' : '';
  return {
    address: `{prefix}${name}`,
    description: `Holds ${holds}.${clock}`,
    parameters: PREFIX,
    messages: references(held),
    bindings: { kafka: { topicConfiguration, bindingVersion: BINDING_VERSION } },
  };
}

function references(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

/** DeliveriesDeadLetterRecord of deliveries.dead-letter. */
function recordName(topic: string): string {
  return componentName(topic).replace(/Event$/, 'Record');
}
