import { deliveryHeaders, TOPICS, type Delivery } from '@signpost/contracts';
import type { OutgoingRecord } from '@signpost/ports';

/** A delivery that was parked too long goes back to its lane, which alone ends deliveries, and says what it comes for. */
export function sweptRecord(delivery: Delivery, payload: Buffer | null, parkedOffset: number): OutgoingRecord {
  const { wait: _, ...rest } = delivery;
  return {
    topic: TOPICS.returning,
    key: delivery.endpointId,
    value: payload,
    headers: deliveryHeaders({ ...rest, parkedOffset, parkedTooLong: true }),
  };
}
