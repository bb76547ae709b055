/** Every consumer group by the name that it has in metrics. */
export const GROUPS = [
  'ingest',
  'matcher',
  'dispatcher',
  'retry-scheduler',
  'parked-release',
  'parked-sweep',
  'recorder',
  'dead-letter-index',
  'rejected-index',
  'notifier',
] as const;

export type ConsumerGroupName = (typeof GROUPS)[number];
