import {
  deliveryHeaders,
  encodeFact,
  TOPICS,
  type Delivery,
  type MatchedFact,
  type MessageRecord,
} from '@signpost/contracts';
import {
  deliveryIdOf,
  expiresAt,
  type DeliveryId,
  type Endpoint,
  type EventType,
  type TraceCarrier,
} from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';

/**
 * What one message becomes: a delivery for each endpoint that asked for it, and the fact of how many those are.
 * `type`: undefined for an event type that nobody has registered. `carrierOf`: undefined where no trace goes on.
 */
export function fanOut(
  message: MessageRecord,
  endpoints: readonly Endpoint[],
  type: EventType | undefined,
  atMs: number,
  carrierOf?: (id: DeliveryId) => TraceCarrier,
): readonly OutgoingRecord[] {
  const fact: MatchedFact = {
    kind: 'matched',
    messageId: message.id,
    applicationId: message.applicationId,
    atMs,
    endpointIds: endpoints.map(({ id }) => id),
  };
  return [
    ...endpoints.map((endpoint) => deliveryRecord(message, endpoint, type, carrierOf)),
    { topic: TOPICS.journal, key: message.id, value: encodeFact(fact), patient: true },
  ];
}

/** What a message becomes whose event came before: nobody gets it. */
export function repeatedFact({ id, applicationId }: MessageRecord, atMs: number): OutgoingRecord {
  const fact: MatchedFact = { kind: 'matched', messageId: id, applicationId, atMs, endpointIds: [], isRepeat: true };
  return { topic: TOPICS.journal, key: id, value: encodeFact(fact), patient: true };
}

function deliveryRecord(
  message: MessageRecord,
  endpoint: Endpoint,
  type: EventType | undefined,
  carrierOf: ((id: DeliveryId) => TraceCarrier) | undefined,
): OutgoingRecord {
  const { id, applicationId, eventType, eventId, conversationId, channels, tags, acceptedAtMs, isOverQuota } = message;
  const expiresAtMs = expiresAt(acceptedAtMs, type?.timeToLiveMs);
  const deliveryId = deliveryIdOf(id, endpoint.id);
  const delivery: Delivery = {
    id: deliveryId,
    messageId: id,
    applicationId,
    endpointId: endpoint.id,
    endpointVersion: endpoint.version,
    eventType,
    acceptedAtMs,
    attempt: 1,
    ...(eventId === undefined ? {} : { eventId }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(channels === undefined ? {} : { channels }),
    ...(tags === undefined ? {} : { tags }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(isOverQuota === undefined ? {} : { isOverQuota }),
    ...(type?.coalesce === undefined ? {} : { coalesce: type.coalesce }),
    ...(carrierOf === undefined ? {} : { trace: carrierOf(deliveryId) }),
  };
  return { topic: TOPICS.deliveries, key: endpoint.id, value: message.payload, headers: deliveryHeaders(delivery) };
}
