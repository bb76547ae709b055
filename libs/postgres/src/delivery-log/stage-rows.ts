import type { FateFact, ParkedFact, ReleasedFact } from '@signpost/contracts';
import type { Column } from './columns.js';
import { onceEach } from './rows.js';
import type { DeliveryFact } from './standing.js';

/** What happens to a delivery beside its attempts. */
type StageFact = ParkedFact | ReleasedFact | FateFact;

export const STAGE_COLUMNS: readonly Column<StageFact>[] = [
  { name: 'delivery_id', type: 'text', value: (fact) => fact.deliveryId },
  { name: 'redelivery', type: 'smallint', value: (fact) => fact.redelivery ?? 0 },
  { name: 'at', type: 'timestamptz', value: (fact) => fact.atMs },
  { name: 'kind', type: 'text', value: kindOf },
  { name: 'reason', type: 'text', value: reasonOf },
];

/** Of attempts and what is asked for again there are rows of their own. */
export function stageRows(facts: readonly DeliveryFact[]): StageFact[] {
  return onceEach(
    facts.filter((fact) => fact.kind === 'parked' || fact.kind === 'released' || fact.kind === 'fate'),
    (fact) => `${fact.deliveryId} ${String(fact.redelivery ?? 0)} ${String(fact.atMs)} ${kindOf(fact)}`,
  );
}

function kindOf(fact: StageFact): string {
  return fact.kind === 'fate' ? fact.fate : fact.kind;
}

function reasonOf(fact: StageFact): string | null {
  switch (fact.kind) {
    case 'parked':
      return fact.reason;
    case 'released':
      return null;
    case 'fate':
      if (fact.transformation !== undefined) return `transformation version ${String(fact.transformation)}`;
      return fact.deadLetterReason ?? null;
  }
}
