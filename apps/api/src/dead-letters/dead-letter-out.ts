import type { DeadLetterHistogramOut, DeadLetterOut } from '@signpost/contracts';
import type { ReasonClass } from '@signpost/domain';
import type { DeadLetterHistogram, IndexedDeadLetter } from '@signpost/ports';

export function deadLetterOut(letter: IndexedDeadLetter): DeadLetterOut {
  return {
    id: letter.deliveryId,
    msgId: letter.messageId,
    appId: letter.applicationId,
    endpointId: letter.endpointId,
    eventType: letter.eventType,
    reason: letter.reason,
    reasonClass: letter.reasonClass,
    lastFailure: letter.lastFailure ?? null,
    lastStatus: letter.lastStatus ?? null,
    attempts: letter.attempts,
    firstFailureAt: letter.firstFailureAt?.toISOString() ?? null,
    lastFailureAt: letter.lastFailureAt?.toISOString() ?? null,
    deadAt: letter.deadAt.toISOString(),
    origin: letter.origin,
    position: letter.position,
    redrives: letter.redrives,
    state: letter.state,
  };
}

export function histogramOut(
  { cells, totals }: DeadLetterHistogram,
  {
    bucket,
    since,
    until,
  }: { readonly bucket: DeadLetterHistogramOut['bucket']; readonly since: Date; readonly until: Date },
): DeadLetterHistogramOut {
  const of = (wanted: ReasonClass): number =>
    totals.byReason.reduce((sum, { reasonClass, count }) => sum + (reasonClass === wanted ? count : 0), 0);
  return {
    bucket,
    since: since.toISOString(),
    until: until.toISOString(),
    buckets: cells.map(({ at, ...cell }) => ({ at: at.toISOString(), ...cell })),
    done: cells.length === totals.cells,
    totals: {
      count: totals.count,
      endpoints: totals.endpoints,
      customer: of('customer'),
      platform: of('platform'),
      byReason: [...totals.byReason],
    },
  };
}
