import type { DeployedRole } from '@signpost/testing';
import type { Stage } from './stage.js';

/** Stops these roles, does what has to be done meanwhile, and starts them again; what they hold counts from then on. */
export async function restartAround(
  stage: Stage,
  roles: readonly DeployedRole[],
  meanwhile: () => Promise<void>,
): Promise<void> {
  const processes = roles.map((role) => stage.deployment.process(role));
  await Promise.all(processes.map((process) => process.stop()));
  try {
    await meanwhile();
  } finally {
    stage.sampler.beginPeaks();
    await Promise.all(processes.map((process) => process.restart()));
  }
}

/** Starts whatever a turn that failed has left stopped. */
export async function startMissing({ deployment }: Stage): Promise<void> {
  await Promise.all(deployment.all.filter(({ alive }) => !alive).map((process) => process.restart()));
}
