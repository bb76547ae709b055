import type { RuleGroup } from '../rules/rule-file.js';
import { REAL_PACE, type Pace } from '../rules/pace.js';
import { burnAlertsOf, recordingRulesOf } from '../slos/objective-rules.js';
import { OBJECTIVES } from '../slos/objectives.js';
import type { AlertDefinition } from './alert.js';
import { BACKLOG_ALERTS } from './backlog.js';
import { ENDPOINT_ALERTS } from './endpoints.js';
import { INTAKE_ALERTS } from './intake.js';
import { PROCESS_ALERTS } from './processes.js';
import { STORAGE_ALERTS } from './storage.js';

const OBJECTIVES_WATCHED = OBJECTIVES.map((objective) => ({ objective, alerts: burnAlertsOf(objective) }));

const CONDITION_GROUPS: readonly RuleGroup[] = [
  { name: 'signpost-backlog', alerts: BACKLOG_ALERTS },
  { name: 'signpost-endpoints', alerts: ENDPOINT_ALERTS },
  { name: 'signpost-intake', alerts: INTAKE_ALERTS },
  { name: 'signpost-storage', alerts: STORAGE_ALERTS },
  { name: 'signpost-processes', alerts: PROCESS_ALERTS },
];

/** Every alert that there is. */
export const ALERTS: readonly AlertDefinition[] = [
  ...OBJECTIVES_WATCHED.flatMap(({ alerts }) => alerts),
  ...CONDITION_GROUPS.flatMap(({ alerts = [] }) => alerts),
];

/** A file of rules each, by its name under deploy/prometheus/rules. */
export function ruleFiles(pace: Pace = REAL_PACE): Readonly<Record<string, readonly RuleGroup[]>> {
  return {
    // Rules of one group are looked at one after the other: an alert sees what was recorded just before.
    'objectives.yml': OBJECTIVES_WATCHED.map(({ objective, alerts }) => ({
      name: `signpost-${objective.name}`,
      recording: recordingRulesOf(objective, pace),
      alerts,
    })),
    'alerts.yml': CONDITION_GROUPS,
  };
}
