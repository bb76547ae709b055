import { deliveryHeaders, encodeFact, ofDelivery, TOPICS, type Delivery, type FateFact } from '@signpost/contracts';
import { afterTier, isTier, type Tier } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';

const PREFIX = 'deliveries.retry.';

/** The tier that a topic holds, by the topic's name without the prefix. */
export function tierOf(topic: string): Tier | undefined {
  const name = topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : '';
  return isTier(name) ? name : undefined;
}

/** What follows once a delivery's time in a tier is up: one record, whatever it is. */
export function nextRecord(
  delivery: Delivery,
  payload: Buffer | null,
  endpointExists: boolean,
  atMs: number,
): OutgoingRecord {
  const { wait, ...rest } = delivery;
  const then = afterTier(wait?.next ?? [], endpointExists);
  switch (then.kind) {
    case 'hop': {
      const waiting = { ...rest, wait: { next: then.rest, dueAtMs: wait?.dueAtMs ?? atMs } };
      return record(TOPICS.retry(then.tier), waiting, payload);
    }
    case 'return':
      return record(TOPICS.returning, rest, payload);
    case 'cancel':
      return { topic: TOPICS.journal, key: delivery.messageId, value: encodeFact(cancelled(delivery, atMs)) };
  }
}

function record(topic: OutgoingRecord['topic'], delivery: Delivery, value: Buffer | null): OutgoingRecord {
  return { topic, key: delivery.endpointId, value, headers: deliveryHeaders(delivery) };
}

function cancelled(delivery: Delivery, atMs: number): FateFact {
  return { kind: 'fate', fate: 'cancelled', ...ofDelivery(delivery, atMs) };
}
