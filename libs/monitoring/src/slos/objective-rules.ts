import type { AlertDefinition } from '../alerts/alert.js';
import { above, atLeast } from '../rules/condition.js';
import { REAL_PACE, type Pace } from '../rules/pace.js';
import type { RecordingRule } from '../rules/rule-file.js';
import { BUDGET_SECONDS, BURN_RATES, LEAST_EVENTS, WINDOWS, type BurnRate } from './burn-rates.js';
import type { Objective } from './objectives.js';

/** The share of bad events over a window: `signpost:objective_errors:ratio_rate5m{objective="…"}`. */
export const errorRatioName = (windowSeconds: number): string =>
  `signpost:objective_errors:ratio_rate${REAL_PACE.duration(windowSeconds)}`;

/** How many events the share is of. */
export const eventCountName = (windowSeconds: number): string =>
  `signpost:objective_events:increase${REAL_PACE.duration(windowSeconds)}`;

export const TARGET_NAME = 'signpost:objective_target:ratio';

/** What is left of the errors that 30 days may have: 1 when none happened, below 0 when the promise is broken. */
export const BUDGET_NAME = 'signpost:objective_budget:remaining_ratio';

/** `signpost:objective_errors:ratio_rate1h{objective="on-time"}`, for a panel or an alert. */
export const ofObjective = (recorded: string, { name }: Objective): string => `${recorded}{objective="${name}"}`;

/** What is computed once, for alerts and dashboards alike. */
export function recordingRulesOf(objective: Objective, pace: Pace): readonly RecordingRule[] {
  const labels = { objective: objective.name };
  const ratios = WINDOWS.map((seconds) => {
    const range = pace.duration(seconds);
    const events = objective.events(range);
    // Without any event nothing is bad; the last part is 0 wherever it is looked at, and missing where the metric is.
    const expression = `${objective.bad(range)} / (${events} > 0)\nor\n${events}`;
    return { record: errorRatioName(seconds), expression, labels };
  });
  const counts = BURN_RATES.map(({ longSeconds }) => ({
    record: eventCountName(longSeconds),
    expression: `${objective.events(pace.duration(longSeconds))} * ${String(pace.seconds(longSeconds))}`,
    labels,
  }));
  const errors = ofObjective(errorRatioName(BUDGET_SECONDS), objective);
  return [
    ...ratios,
    ...counts,
    { record: TARGET_NAME, expression: `vector(${String(objective.target)})`, labels },
    { record: BUDGET_NAME, expression: `1 - ${errors} / ${budgetOf(objective)}`, labels },
  ];
}

/** The alerts that watch how fast the budget goes: two that page, two that make a ticket. */
export function burnAlertsOf(objective: Objective): readonly AlertDefinition[] {
  return BURN_RATES.map((rate) => burnAlert(objective, rate));
}

function burnAlert(objective: Objective, rate: BurnRate): AlertDefinition {
  const { severity, times, longSeconds, shortSeconds, forSeconds, spent } = rate;
  const tooMuch = times * Number(budgetOf(objective));
  const window = REAL_PACE.duration(longSeconds);
  return {
    name: objective.alert,
    severity,
    conditions: () => [
      above(ofObjective(errorRatioName(longSeconds), objective), tooMuch),
      above(ofObjective(errorRatioName(shortSeconds), objective), tooMuch),
      atLeast(ofObjective(eventCountName(longSeconds), objective), LEAST_EVENTS),
    ],
    forSeconds,
    labels: { window },
    summary: `${objective.title}: {{ $value | humanizePercentage }} of the last ${window} broke the promise`,
    description: `${objective.promise} Its error budget goes at ${burnt(times)}; at that rate ${spent} of it goes in ${window}.`,
  };
}

const burnt = (times: number): string =>
  times === 1
    ? 'more than the rate that lasts for 30 days'
    : `more than ${String(times)} times the rate that lasts for 30 days`;

function budgetOf({ target }: Objective): string {
  return String(Number((1 - target).toPrecision(6)));
}
