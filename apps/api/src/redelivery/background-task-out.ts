import type { BackgroundTaskOut, RecoverOut } from '@signpost/contracts';
import type { BackgroundTask } from '@signpost/ports';

/** Of a task that has just been asked for. */
export function recoverOut({ id, updatedAt }: BackgroundTask): RecoverOut {
  return { id, status: 'running', task: 'endpoint.recover', updatedAt: updatedAt.toISOString() };
}

export function backgroundTaskOut(task: BackgroundTask): BackgroundTaskOut {
  const { applicationId, endpointId, since, until, total, done, skipped, reason, createdAt, updatedAt } = task;
  const seconds = Math.max(1, updatedAt.getTime() - createdAt.getTime()) / 1_000;
  return {
    ...recoverOut(task),
    status: task.status,
    data: {
      appId: applicationId,
      endpointId,
      since: since.toISOString(),
      until: until.toISOString(),
      total: total ?? null,
      done,
      skipped,
      perSecond: Math.round((done / seconds) * 10) / 10,
      ...(reason === undefined ? {} : { reason }),
    },
    createdAt: createdAt.toISOString(),
  };
}
