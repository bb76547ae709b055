import {
  deliveryHeaders,
  encodeFact,
  ofDelivery,
  TOPICS,
  type Delivery,
  type HandOver,
  type RedeliveredFact,
} from '@signpost/contracts';
import type { RecoveryId, TraceCarrier } from '@signpost/domain';
import type { DueRedelivery, OutgoingRecord } from '@signpost/ports';

/** Who asked for a redelivery. `isOpen`: an earlier run of the delivery may not have ended. */
export type Asked =
  | { readonly by: 'resend'; readonly isOpen: boolean }
  | { readonly by: 'task'; readonly task: RecoveryId; readonly sequence: number; readonly takesOver: boolean };

/**
 * A redelivery on its way to its lane, and the fact that it is owed. It neither expires nor makes way for a newer one:
 * somebody asked for this one. `trace`: of the request that did.
 */
export function redeliveryRecords(
  due: DueRedelivery,
  endpointVersion: number,
  asked: Asked,
  atMs: number,
  trace?: TraceCarrier,
): { readonly delivery: OutgoingRecord; readonly fact: OutgoingRecord } {
  const owed = deliveryOf(due, endpointVersion);
  const delivery = trace === undefined ? owed : { ...owed, trace };
  const handOver = handOverOf(asked);
  const fact: RedeliveredFact = {
    kind: 'redelivered',
    ...ofDelivery(delivery, atMs),
    redelivery: due.number,
    ...(asked.by === 'task' ? { taskId: asked.task } : {}),
  };
  return {
    delivery: {
      topic: TOPICS.returning,
      key: due.endpointId,
      value: due.message.payload,
      headers: deliveryHeaders(handOver === undefined ? delivery : { ...delivery, handOver }),
    },
    fact: { topic: TOPICS.journal, key: due.endpointId, value: encodeFact(fact) },
  };
}

function deliveryOf(
  { deliveryId, endpointId, number, attemptsBefore, message }: DueRedelivery,
  version: number,
): Delivery {
  return {
    id: deliveryId,
    messageId: message.id,
    applicationId: message.applicationId,
    endpointId,
    endpointVersion: version,
    eventType: message.eventType,
    acceptedAtMs: message.acceptedAtMs,
    attempt: attemptsBefore + 1,
    ...(message.eventId === undefined ? {} : { eventId: message.eventId }),
    ...(message.channels === undefined ? {} : { channels: message.channels }),
    ...(message.conversationId === undefined ? {} : { conversationId: message.conversationId }),
    redelivery: { number, attemptsBefore },
  };
}

function handOverOf(asked: Asked): HandOver | undefined {
  switch (asked.by) {
    case 'task':
      return {
        kind: 'task',
        task: asked.task,
        sequence: asked.sequence,
        ...(asked.takesOver ? { takesOver: true } : {}),
      };
    case 'resend':
      return asked.isOpen ? { kind: 'take-over' } : undefined;
  }
}
