import type { Conditions } from '../rules/condition.js';
import type { Pace } from '../rules/pace.js';

/** `page` wakes somebody: customers are harmed now, or will be before the morning. `ticket` waits for the working day. */
export type Severity = 'page' | 'ticket';

export interface AlertDefinition {
  /** In PascalCase; rules carry it behind ALERT_PREFIX. */
  readonly name: string;
  readonly severity: Severity;
  /** All of them have to hold. */
  readonly conditions: (pace: Pace) => Conditions;
  /** For so long without a break. */
  readonly forSeconds: number;
  /** One line; may name labels, as rules do: `{{ $labels.tier }}`. */
  readonly summary: string;
  /** What it means, and for whom. */
  readonly description: string;
  /** Beside the severity: what tells two rules of one name apart. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Alerts of all that an organisation runs lie in one list. */
export const ALERT_PREFIX = 'Signpost';

/** 'TierOverdue' is told in 'docs/runbooks/tier-overdue.md', from the root of the repository. */
export function runbookOf(name: string): string {
  return `docs/runbooks/${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`;
}
