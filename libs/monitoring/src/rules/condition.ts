/** One thing that has to be so. Kept apart from the others, so that each can be taken out and be missed by a test. */
export interface Condition {
  /** PromQL. */
  readonly vector: string;
  readonly compare?: { readonly with: '>' | '>=' | '<' | '=='; readonly bound: number };
  /** How it goes with what is before it: that has to find something here, or nothing. */
  readonly join: 'and' | 'unless';
  /** The labels by which the two are brought together; all of them unless it is given. */
  readonly on?: readonly string[];
}

/** The first gives the alert its value and its labels. */
export type Conditions = readonly [Condition, ...Condition[]];

export const above = (vector: string, bound: number): Condition => ({
  vector,
  compare: { with: '>', bound },
  join: 'and',
});

export const atLeast = (vector: string, bound: number): Condition => ({
  vector,
  compare: { with: '>=', bound },
  join: 'and',
});

export const found = (vector: string): Condition => ({ vector, join: 'and' });

/** Brought together by these labels alone. */
export const on = (labels: readonly string[], condition: Condition): Condition => ({ ...condition, on: labels });

/** Only where the condition finds nothing. */
export const unless = (condition: Condition): Condition => ({ ...condition, join: 'unless' });

/** What the first finds, or else the second; `or` binds weaker than a comparison. */
export const either = (...vectors: readonly string[]): string => `(${vectors.join(' or ')})`;

export function expressionOf(conditions: Conditions): string {
  const [first, ...others] = conditions;
  const rest = others.map((each) => {
    const by = each.on === undefined ? '' : ` on (${each.on.join(', ')})`;
    return `${each.join}${by} ${one(each)}`;
  });
  return rest.length === 0 ? comparison(first) : [one(first), ...rest].join('\n');
}

const one = (condition: Condition): string => `(${comparison(condition)})`;

function comparison({ vector, compare }: Condition): string {
  return compare === undefined ? vector : `${vector} ${compare.with} ${decimal(compare.bound)}`;
}

/** Without the digits that binary fractions bring along. */
function decimal(bound: number): string {
  return String(Number(bound.toPrecision(12)));
}
