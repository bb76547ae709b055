import type { RecoveryOut, RecoveryRecordOut } from '@signpost/contracts';
import { estimatedEndMs, hasEnded, recoveryRate } from '@signpost/domain';
import type { Recovery, RecoveryRecord } from '@signpost/ports';
import { actorOut } from '../access/actor-out.js';
import { progressOf } from './background-task-out.js';

/** `usualPerSecond`: what an installation allows a recovery that asks for no cap. */
export function recoveryOut(recovery: Recovery, usualPerSecond: number): RecoveryOut {
  const { kind, toUrl, why, status, failure, waiting, total, done, delivered, failedAgain, skipped } = recovery;
  const perSecond = recovery.perSecond ?? usualPerSecond;
  const progress = { ...progressOf(recovery), perSecond };
  const endMs = hasEnded(status) || status === 'paused' ? undefined : estimatedEndMs(progress);
  return {
    id: recovery.id,
    kind,
    select: selectOut(recovery),
    ...(toUrl === undefined ? {} : { to: { url: toUrl } }),
    ...(kind === 'backfill' ? { toEndpointId: recovery.selection.endpointId ?? '' } : {}),
    why: why ?? null,
    by: actorOut(recovery.by),
    status,
    ...(failure === undefined ? {} : { reason: failure }),
    ...(waiting === undefined || status !== 'running' ? {} : { waiting }),
    total: total ?? null,
    done,
    delivered,
    failedAgain,
    skipped,
    perSecond: recoveryRate(progress),
    limits: {
      perSecond,
      concurrency: recovery.concurrency ?? null,
      onlyWhileHealthy: recovery.onlyWhileHealthy,
    },
    estimatedEndAt: endMs === undefined ? null : new Date(endMs).toISOString(),
    createdAt: recovery.createdAt.toISOString(),
    updatedAt: recovery.updatedAt.toISOString(),
  };
}

function selectOut({ kind, selection }: Recovery): RecoveryOut['select'] {
  const { applicationId, endpointId, eventTypes, reasons, reasonClass, statuses, states, messageIds, deliveryIds } =
    selection;
  const { deadSince, deadUntil } = selection;
  const { codes, topics, rejectedIds } = selection;
  return {
    ...(applicationId === undefined ? {} : { appId: applicationId }),
    ...(endpointId === undefined || kind === 'backfill' ? {} : { endpointId }),
    ...(eventTypes === undefined ? {} : { eventTypes: [...eventTypes] }),
    ...(reasons === undefined ? {} : { reasons: [...reasons] }),
    ...(reasonClass === undefined ? {} : { reasonClass }),
    ...(statuses === undefined ? {} : { statuses: [...statuses] }),
    ...(states === undefined ? {} : { states: [...states] }),
    ...(selection.since.getTime() === 0 ? {} : { since: selection.since.toISOString() }),
    until: selection.until.toISOString(),
    ...(deadSince === undefined ? {} : { deadSince: deadSince.toISOString() }),
    ...(deadUntil === undefined ? {} : { deadUntil: deadUntil.toISOString() }),
    ...(messageIds === undefined ? {} : { msgIds: [...messageIds] }),
    ...(deliveryIds === undefined ? {} : { deliveryIds: [...deliveryIds] }),
    ...(codes === undefined ? {} : { codes: [...codes] }),
    ...(topics === undefined ? {} : { topics: [...topics] }),
    ...(rejectedIds === undefined ? {} : { rejectedIds: [...rejectedIds] }),
  };
}

export function recordOut(record: RecoveryRecord): RecoveryRecordOut {
  return {
    sequence: record.sequence,
    deliveryId: record.deliveryId,
    msgId: record.messageId,
    endpointId: record.endpointId,
    result: record.result,
    why: record.why ?? null,
    responseStatusCode: record.status ?? null,
    redelivery: record.redelivery ?? null,
    at: record.at?.toISOString() ?? null,
  };
}
