import type { ConsumerGroupName } from '@signpost/observability';
import { series, type GaugeName } from '../promql/series.js';

/** The name under which Prometheus scrapes Signpost's processes: deploy/prometheus/prometheus.yml. */
export const SCRAPE_JOB = 'signpost';
const OURS = [`job="${SCRAPE_JOB}"`];

/** Whether a scrape went through: Prometheus' own. */
export const UP = `up{${OURS.join(', ')}}`;

/** Node's own, since the scrape before; every Node process has it, so those of this job alone. */
export const EVENT_LOOP_DELAY = `nodejs_eventloop_lag_p99_seconds{${OURS.join(', ')}}`;

/** What every recorder says of the same thing: the largest, never the sum. */
export const greatest = (selector: string, by: readonly string[] = []): string =>
  by.length === 0 ? `max(${selector})` : `max by (${by.join(', ')}) (${selector})`;

/** Seconds since the time that a gauge names. */
export const since = (key: GaugeName): string => `time() - ${greatest(series(key))}`;

/** Groups whose oldest uncommitted record is one that nobody has taken up yet: it is as old as they are behind. */
export const PIPELINE_GROUPS = ['ingest', 'matcher', 'dispatcher'] as const satisfies readonly ConsumerGroupName[];

/** Groups that write to PostgreSQL what the others did. */
export const WRITING_GROUPS = [
  'recorder',
  'dead-letter-index',
  'rejected-index',
  'notifier',
] as const satisfies readonly ConsumerGroupName[];
