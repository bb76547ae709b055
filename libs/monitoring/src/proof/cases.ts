import { ALERTS } from '../alerts/alerts.js';
import type { AlertCase } from './alert-case.js';
import { BACKLOG_CASES } from './backlog-cases.js';
import { BURN_CASES } from './burn-cases.js';
import { ENDPOINT_CASES } from './endpoint-cases.js';
import { INTAKE_CASES } from './intake-cases.js';
import { PROCESS_CASES } from './process-cases.js';
import { promtoolFile } from './promtool-file.js';
import { STORAGE_CASES } from './storage-cases.js';

const CONDITION_CASES: readonly AlertCase[] = [
  ...BACKLOG_CASES,
  ...ENDPOINT_CASES,
  ...INTAKE_CASES,
  ...STORAGE_CASES,
  ...PROCESS_CASES,
];

export const ALERT_CASES: readonly AlertCase[] = [...BURN_CASES, ...CONDITION_CASES];

/** Tests of the rules, by their names under deploy/prometheus/tests. */
export function ruleTests(): Readonly<Record<string, string>> {
  const of = (file: string, cases: readonly AlertCase[]) =>
    promtoolFile({ ruleFiles: [`../rules/${file}`], cases, alerts: ALERTS });
  return { 'objectives.yml': of('objectives.yml', BURN_CASES), 'alerts.yml': of('alerts.yml', CONDITION_CASES) };
}
