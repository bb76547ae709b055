import type { AlertDefinition } from '../alerts/alert.js';
import type { Condition, Conditions } from '../rules/condition.js';

/** An alert with one thing about it changed, which its cases have to notice. */
export interface Mutant {
  readonly what: string;
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
  const with_ = (what: string, changed: readonly Condition[]): Mutant => ({
    what,
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
            with_(
              `${place} is dropped`,
              all.filter((_, index) => index !== at),
            ),
          ];
    if (compare === undefined) return dropped;
    const bounds = [
      ...(compare.bound === 0 ? [] : [compare.bound / 2, compare.bound * 2]),
      compare.with === '==' ? -BEYOND : BEYOND,
    ];
    return [
      ...dropped,
      with_(`${place} compares with nothing`, replaced(at, bare)),
      ...bounds.map((bound) =>
        with_(`${place} compares with ${String(bound)}`, replaced(at, { ...bare, compare: { ...compare, bound } })),
      ),
    ];
  });
  const hasty = alert.forSeconds === 0 ? [] : [{ what: 'waits for nothing', alert: { ...alert, forSeconds: 0 } }];
  const late = { what: 'waits for ten minutes more', alert: { ...alert, forSeconds: alert.forSeconds + 600 } };
  return [...changes, ...hasty, late];
}
