import { deliveryHeaders, encodeFact, ofDelivery, TOPICS, type Delivery, type ReleasedFact } from '@signpost/contracts';
import type { OutgoingRecord } from '@signpost/ports';

/** Where it lay, and the demand that it goes back for. */
export interface Released {
  readonly parkedOffset: number;
  readonly demand: number | undefined;
}

/** A parked delivery goes back to its lane, saying where it lay, and the journal says so. */
export function releaseRecords(
  delivery: Delivery,
  payload: Buffer | null,
  { parkedOffset, demand }: Released,
  atMs: number,
): readonly OutgoingRecord[] {
  const { wait: _, ...rest } = delivery;
  const { messageId, endpointId } = delivery;
  const fact: ReleasedFact = { kind: 'released', ...ofDelivery(delivery, atMs) };
  return [
    {
      topic: TOPICS.returning,
      key: endpointId,
      value: payload,
      headers: deliveryHeaders({ ...rest, parkedOffset, ...(demand === undefined ? {} : { demand }) }),
    },
    { topic: TOPICS.journal, key: messageId, value: encodeFact(fact) },
  ];
}
