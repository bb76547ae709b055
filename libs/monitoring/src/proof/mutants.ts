import type { AlertDefinition } from '../alerts/alert.js';
import type { Condition, Conditions } from '../rules/condition.js';

/** An alert with one thing about it changed, which its cases have to notice. */
export interface Mutant {
  readonly what: string;
  /** Whether a bound lies elsewhere, and nothing else is changed. */
  readonly isMoved: boolean;
  readonly alert: AlertDefinition;
}

/** Never true of a number that a case shows, nor of one that is no number. */
const BEYOND = 1e300;

/**
 * All that can be taken from an alert: each condition, each comparison, its patience; and each bound halved and doubled,
 * so that a case shows where it lies.
 */
export function mutantsOf(alert: AlertDefinition, conditions: Conditions): readonly Mutant[] {
  const all: readonly Condition[] = conditions;
  const having = (what: string, changed: readonly Condition[], isMoved = false): Mutant => ({
    what,
    isMoved,
    alert: { ...alert, conditions: () => changed as unknown as Conditions },
  });
  const replaced = (at: number, condition: Condition) => all.map((each, index) => (index === at ? condition : each));
  const changes = all.flatMap((condition, at) => {
    const place = `condition ${String(at + 1)}`;
    const { compare, ...bare } = condition;
    const dropped =
      at === 0
        ? []
        : [
            having(
              `${place} is dropped`,
              all.filter((_, index) => index !== at),
            ),
          ];
    if (compare === undefined) return dropped;
    const comparing = (bound: number, isMoved: boolean): Mutant =>
      having(
        `${place} compares with ${String(bound)}`,
        replaced(at, { ...bare, compare: { ...compare, bound } }),
        isMoved,
      );
    return [
      ...dropped,
      having(`${place} compares with nothing`, replaced(at, bare)),
      comparing(compare.with === '==' ? -BEYOND : BEYOND, false),
      ...(compare.bound === 0 ? [] : [comparing(compare.bound / 2, true), comparing(compare.bound * 2, true)]),
    ];
  });
  const hasty =
    alert.forSeconds === 0 ? [] : [{ what: 'waits for nothing', isMoved: false, alert: { ...alert, forSeconds: 0 } }];
  const late = {
    what: 'waits for ten minutes more',
    isMoved: false,
    alert: { ...alert, forSeconds: alert.forSeconds + 600 },
  };
  return [...changes, ...hasty, late];
}
