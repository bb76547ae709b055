import type { BackgroundTaskOut, RecoverOut } from '@signpost/contracts';
import { recoveryRate, type RecoveryStatus } from '@signpost/domain';
import { SKIP_REASONS, type Recovery } from '@signpost/ports';

/** A recovery in the words of the peer's background tasks; of one that has just been asked for. */
export function recoverOut({ id, updatedAt }: Recovery): RecoverOut {
  return { id, status: 'running', task: 'endpoint.recover', updatedAt: updatedAt.toISOString() };
}

export function backgroundTaskOut(recovery: Recovery): BackgroundTaskOut {
  const { selection, total, done, skipped, createdAt } = recovery;
  const { applicationId = '', endpointId = '', since, until } = selection;
  const { withoutPayload, underWay, tooOften } = skipped;
  const reason = recovery.status === 'aborted' ? 'cancelled' : recovery.failure;
  return {
    ...recoverOut(recovery),
    status: taskStatus(recovery.status),
    data: {
      appId: applicationId,
      endpointId,
      since: since.toISOString(),
      until: until.toISOString(),
      total: total ?? null,
      done,
      skipped: { withoutPayload, underWay, tooOften },
      perSecond: recoveryRate({ ...progressOf(recovery), perSecond: 0 }),
      ...(reason === undefined ? {} : { reason }),
    },
    createdAt: createdAt.toISOString(),
  };
}

/** What of a recovery says how far it is. */
export function progressOf({ total, done, skipped, createdAt, updatedAt }: Recovery) {
  return {
    done,
    leftOut: SKIP_REASONS.reduce((sum, reason) => sum + skipped[reason], 0),
    beganMs: createdAt.getTime(),
    updatedMs: updatedAt.getTime(),
    ...(total === undefined ? {} : { total }),
  };
}

type TaskStatus = BackgroundTaskOut['status'];

function taskStatus(status: RecoveryStatus): TaskStatus {
  switch (status) {
    case 'running':
    case 'paused':
      return 'running';
    case 'finished':
      return 'finished';
    case 'failed':
    case 'aborted':
      return 'failed';
  }
}

/** The recoveries that a background task of this status may be. */
export const STATUSES_OF_TASK = {
  running: ['running', 'paused'],
  finished: ['finished'],
  failed: ['failed', 'aborted'],
} as const satisfies Record<TaskStatus, readonly RecoveryStatus[]>;
