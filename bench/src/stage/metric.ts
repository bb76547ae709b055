import type { DeployedRole } from '@signpost/testing';
import type { Stage } from './stage.js';

/** The sum of a metric over all its labels, as a role tells it now; 0 where it tells none. */
export async function metricOf(stage: Stage, role: DeployedRole, name: string): Promise<number> {
  const answer = await fetch(`${stage.deployment.process(role).url}/metrics`);
  return sumOfMetric(await answer.text(), name);
}

export function sumOfMetric(text: string, name: string): number {
  const lines = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([^ \\n]+)`, 'gm'));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
