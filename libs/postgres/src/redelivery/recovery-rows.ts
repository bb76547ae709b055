import type { Actor, ApplicationId, EndpointId, OrganisationId, RecoveryId, RecoveryStatus } from '@signpost/domain';
import type { Recovery, RecoveryFailure, RecoveryKind, RecoverySelection, RecoveryWait } from '@signpost/ports';

export const RECOVERIES = 'recoveries r LEFT JOIN recovery_results c ON c.recovery_id = r.id';
export const RECOVERY = `r.id, r.organisation_id, r.application_id, r.endpoint_id, r.since, r.until, r.task, r.kind, r.selection,
  r.to_url, r.why, r.actor, r.per_second, r.concurrency, r.only_while_healthy, r.status, r.failure, r.waiting, r.total, r.done,
  r.without_payload, r.under_way, r.too_often, r.already_owed, coalesce (c.delivered, 0) AS delivered,
  coalesce (c.failed, 0) AS failed, r.created_at, r.updated_at`;

// The driver reads a bigint as text.
export interface RecoveryRow extends SelectionRow {
  readonly id: RecoveryId;
  readonly organisation_id: OrganisationId;
  readonly task: 'endpoint.recover' | null;
  readonly to_url: string | null;
  readonly why: string | null;
  readonly actor: Actor;
  readonly per_second: number | null;
  readonly concurrency: number | null;
  readonly only_while_healthy: boolean;
  readonly status: RecoveryStatus;
  readonly failure: RecoveryFailure | null;
  readonly waiting: RecoveryWait | null;
  readonly total: string | null;
  readonly done: string;
  readonly without_payload: string;
  readonly under_way: string;
  readonly too_often: string;
  readonly already_owed: string;
  readonly delivered: string;
  readonly failed: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface SelectionRow {
  readonly kind: RecoveryKind;
  readonly application_id: ApplicationId | null;
  readonly endpoint_id: EndpointId | null;
  readonly since: Date;
  readonly until: Date;
  readonly selection: Narrowing;
}

/** What of a selection has no column of its own. */
export type Narrowing = Omit<RecoverySelection, 'applicationId' | 'endpointId' | 'since' | 'until' | Moment> &
  Readonly<Partial<Record<Moment, string>>>;
type Moment = 'deadSince' | 'deadUntil';

export function narrowingOf(selection: RecoverySelection): Narrowing {
  const { applicationId: _, endpointId: __, since: ___, until: ____, deadSince, deadUntil, ...narrowing } = selection;
  return {
    ...narrowing,
    ...(deadSince === undefined ? {} : { deadSince: deadSince.toISOString() }),
    ...(deadUntil === undefined ? {} : { deadUntil: deadUntil.toISOString() }),
  };
}

export function selectionOf(row: SelectionRow): RecoverySelection {
  const { deadSince, deadUntil, ...narrowing } = row.selection;
  return {
    ...narrowing,
    ...(deadSince === undefined ? {} : { deadSince: new Date(deadSince) }),
    ...(deadUntil === undefined ? {} : { deadUntil: new Date(deadUntil) }),
    since: row.since,
    until: row.until,
    ...(row.application_id === null ? {} : { applicationId: row.application_id }),
    ...(row.endpoint_id === null ? {} : { endpointId: row.endpoint_id }),
  };
}

export function recoveryOf(row: RecoveryRow): Recovery {
  return {
    id: row.id,
    organisationId: row.organisation_id,
    kind: row.kind,
    selection: selectionOf(row),
    by: row.actor,
    onlyWhileHealthy: row.only_while_healthy,
    status: row.status,
    done: Number(row.done),
    delivered: Number(row.delivered),
    failedAgain: Number(row.failed),
    skipped: {
      withoutPayload: Number(row.without_payload),
      underWay: Number(row.under_way),
      tooOften: Number(row.too_often),
      alreadyOwed: Number(row.already_owed),
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.task === null ? {} : { task: row.task }),
    ...(row.to_url === null ? {} : { toUrl: row.to_url }),
    ...(row.why === null ? {} : { why: row.why }),
    ...(row.per_second === null ? {} : { perSecond: row.per_second }),
    ...(row.concurrency === null ? {} : { concurrency: row.concurrency }),
    ...(row.failure === null ? {} : { failure: row.failure }),
    ...(row.waiting === null ? {} : { waiting: row.waiting }),
    ...(row.total === null ? {} : { total: Number(row.total) }),
  };
}
