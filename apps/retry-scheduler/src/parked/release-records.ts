import { deliveryHeaders, encodeFact, TOPICS, type Delivery, type ReleasedFact } from '@signpost/contracts';
import type { OutgoingRecord } from '@signpost/ports';

/** A parked delivery goes back to its lane, saying where it lay, and the journal says so. */
export function releaseRecords(
  delivery: Delivery,
  payload: Buffer | null,
  parkedOffset: number,
  atMs: number,
): readonly OutgoingRecord[] {
  const { wait: _, ...rest } = delivery;
  const { id, messageId, applicationId, endpointId, eventType } = delivery;
  const fact: ReleasedFact = {
    kind: 'released',
    deliveryId: id,
    messageId,
    applicationId,
    endpointId,
    eventType,
    atMs,
  };
  return [
    {
      topic: TOPICS.returning,
      key: endpointId,
      value: payload,
      headers: deliveryHeaders({ ...rest, parkedOffset }),
    },
    { topic: TOPICS.journal, key: messageId, value: encodeFact(fact) },
  ];
}
