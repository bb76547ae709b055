import type { DeliveryFact } from '../delivery-log/standing.js';
import type { Column } from '../delivery-log/columns.js';
import { LOCKS } from '../locks.js';

/** What a batch says of deliveries that were asked for again: their dead letters of earlier runs are not the last word. */
export interface Redriven {
  readonly deliveryId: string;
  /** The highest redelivery that the batch tells of. */
  readonly redelivery: number;
  readonly isDelivered: boolean;
}

/** Nearly no fact is one of a redelivery, and a batch without any costs nothing here. */
export function redriven(facts: readonly DeliveryFact[]): readonly Redriven[] {
  const found = new Map<string, Redriven>();
  for (const fact of facts) {
    const { deliveryId, redelivery } = fact;
    if (redelivery === undefined) continue;
    const known = found.get(deliveryId);
    const isDelivered = (fact.kind === 'attempt' || fact.kind === 'fate') && fact.fate === 'delivered';
    found.set(deliveryId, {
      deliveryId,
      redelivery: Math.max(redelivery, known?.redelivery ?? 0),
      isDelivered: isDelivered || known?.isDelivered === true,
    });
  }
  return [...found.values()];
}

export const REDRIVEN_COLUMNS: readonly Column<Redriven>[] = [
  { name: 'delivery_id', type: 'text', value: ({ deliveryId }) => deliveryId },
  { name: 'redelivery', type: 'smallint', value: ({ redelivery }) => redelivery },
  { name: 'is_delivered', type: 'boolean', value: ({ isDelivered }) => isDelivered },
];

/** See PostgresDeadLetterIndexer; two recorders do not meet in each other's rows either. */
export const LOCK_DEAD_LETTERS = `SELECT pg_advisory_xact_lock (${String(LOCKS.deadLetters)})`;

export const closeRedriven = (given: string): string => `UPDATE dead_letters l SET dead = false
  FROM ${given} WHERE l.delivery_id = n.delivery_id COLLATE "C" AND l.dead
    AND (l.redelivery < n.redelivery OR n.is_delivered)`;
