import { lowestId, timeOfId, type IdPrefix } from '@signpost/domain';

const DAY_MS = 86_400_000;

/** The delivery log's tables, each with the prefix of the ids that it is partitioned by. */
export const LOG_TABLES = {
  messages: { prefix: 'msg', key: 'id' },
  matches: { prefix: 'msg', key: 'message_id' },
  deliveries: { prefix: 'dlv', key: 'id' },
  attempts: { prefix: 'atmpt', key: 'id' },
  message_labels: { prefix: 'msg', key: 'message_id' },
  attempt_labels: { prefix: 'atmpt', key: 'id' },
  redeliveries: { prefix: 'dlv', key: 'delivery_id' },
  delivery_stages: { prefix: 'dlv', key: 'delivery_id' },
  recovery_records: { prefix: 'dlv', key: 'delivery_id' },
  runs: { prefix: 'dlv', key: 'delivery_id' },
  account_minutes: { prefix: 'msg', key: 'minute' },
} as const satisfies Record<string, { readonly prefix: IdPrefix; readonly key: string }>;

export type LogTable = keyof typeof LOG_TABLES;

/** One day of one table: the ids from `from` on, up to but without `to`. Days are UTC. */
export interface Day {
  /** attempts_20260131 */
  readonly partition: string;
  readonly startMs: number;
  readonly from: string;
  readonly to: string;
}

/** Milliseconds since 1970 at which the day of `atMs` began. */
const dayStart = (atMs: number): number => Math.floor(atMs / DAY_MS) * DAY_MS;

export function dayOf(table: LogTable, atMs: number): Day {
  const startMs = dayStart(atMs);
  const { prefix } = LOG_TABLES[table];
  return {
    partition: `${table}_${new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '')}`,
    startMs,
    from: lowestId(prefix, startMs),
    to: lowestId(prefix, startMs + DAY_MS),
  };
}

/** The days that have to be there: from yesterday, for what comes late, to `ahead` days from now. */
export function daysNeeded(table: LogTable, nowMs: number, ahead: number): readonly Day[] {
  return Array.from({ length: ahead + 2 }, (_, index) => dayOf(table, nowMs + (index - 1) * DAY_MS));
}

/** Start of the day that a partition of this name holds; undefined for a name that is none of ours. */
export function dayOfPartition(table: LogTable, partition: string): number | undefined {
  const match = new RegExp(`^${table}_(\\d{4})(\\d{2})(\\d{2})$`).exec(partition);
  if (match === null) return undefined;
  const [, year, month, day] = match;
  const startMs = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T00:00:00Z`);
  return Number.isNaN(startMs) ? undefined : startMs;
}

/** Whether all that a day holds is older than the retention. */
export function isExpired(startMs: number, nowMs: number, retentionDays: number): boolean {
  return startMs + DAY_MS <= nowMs - retentionDays * DAY_MS;
}

/** The lowest id that is still kept. */
export function retentionBound(table: LogTable, nowMs: number, retentionDays: number): string {
  return lowestId(LOG_TABLES[table].prefix, Math.max(0, nowMs - retentionDays * DAY_MS));
}

/** Smallest and first larger delivery id that a message's deliveries can have; undefined for a text that is no message id. */
export function deliveryRange(messageId: string): { readonly from: string; readonly to: string } | undefined {
  const atMs = timeOfId(messageId);
  return atMs === undefined ? undefined : { from: lowestId('dlv', atMs), to: lowestId('dlv', atMs + 1) };
}
