import { TIER_NAMES, TIERS, type Tier } from '@signpost/domain';

/** Every topic by its name without the prefix, in the order in which a message meets them. */
export const TOPICS = {
  messages: 'messages',
  messagesBulk: 'messages.bulk',
  rejected: 'messages.rejected',
  redriven: 'messages.redriven',
  quotas: 'quotas',
  control: 'control',
  deliveries: 'deliveries',
  returning: 'deliveries.returning',
  retry: (tier: Tier) => `deliveries.retry.${tier}` as const,
  parked: 'deliveries.parked',
  deadLetter: 'deliveries.dead-letter',
  lanes: 'lanes',
  journal: 'journal',
} as const;

/** What the recorder writes to the delivery log, and the consumer group that it does it as. */
export const RECORDED_TOPICS = [TOPICS.messages, TOPICS.messagesBulk, TOPICS.journal] as const;
export const RECORDER_GROUP = 'recorder';
/** The consumer group that keeps the index of dead letters. */
export const DEAD_LETTER_INDEX_GROUP = 'dead-letter-index';
/** The one that keeps the index of rejected records. */
export const REJECTED_INDEX_GROUP = 'rejected-index';
/** The other consumer groups that take a message on its way. */
export const MATCHER_GROUP = 'matcher';
export const DISPATCHER_GROUP = 'dispatcher';
export const RETRY_SCHEDULER_GROUP = 'retry-scheduler';
/** The one that reads the platform's own topics. */
export const INGEST_GROUP = 'ingest';

type Values<T> = { [K in keyof T]: T[K] extends (...args: never[]) => infer R ? R : T[K] }[keyof T];
export type TopicName = Values<typeof TOPICS>;

export interface TopicSettings {
  readonly name: TopicName;
  readonly holds: string;
  readonly cleanup: 'delete' | 'compact';
  /** Milliseconds; absent for a compacted topic. */
  readonly retentionMs?: number;
  /** The broker stamps a waiting record itself, so due times rise within a partition and nobody can forge one. */
  readonly logAppendTime?: true;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Milliseconds; what was said a moment ago is worth nothing any more. */
const QUOTA_RETENTION_MS = 600_000;
/** Milliseconds; the index of dead letters forgets with their topic, since it says nothing that the topic does not. */
export const DEAD_LETTER_RETENTION_MS = 30 * DAY;
/** The same of the index of rejected records. */
export const REJECTED_RETENTION_MS = 2 * WEEK;

export const TOPIC_SETTINGS: readonly TopicSettings[] = [
  { name: TOPICS.messages, holds: 'accepted events', cleanup: 'delete', retentionMs: WEEK },
  {
    name: TOPICS.messagesBulk,
    holds: 'accepted events of an application above its share',
    cleanup: 'delete',
    retentionMs: WEEK,
  },
  {
    name: TOPICS.rejected,
    holds: 'what intake refused, with the reason and the source coordinates',
    cleanup: 'delete',
    retentionMs: REJECTED_RETENTION_MS,
  },
  {
    name: TOPICS.redriven,
    holds: 'rejected records that somebody has sent on their way again, corrected or not',
    cleanup: 'delete',
    retentionMs: WEEK,
  },
  {
    name: TOPICS.quotas,
    holds: 'how much each ingest process takes in of applications near their quota, twice a second',
    cleanup: 'delete',
    retentionMs: QUOTA_RETENTION_MS,
  },
  { name: TOPICS.control, holds: 'current state of the control plane', cleanup: 'compact' },
  { name: TOPICS.deliveries, holds: 'one message owed to one endpoint, fresh', cleanup: 'delete', retentionMs: WEEK },
  {
    name: TOPICS.returning,
    holds: 'deliveries that come back from a tier, from parked or from a re-drive',
    cleanup: 'delete',
    retentionMs: WEEK,
  },
  ...TIER_NAMES.map((tier): TopicSettings => ({
    name: TOPICS.retry(tier),
    holds: `deliveries that wait ${tier}`,
    cleanup: 'delete',
    retentionMs: TIERS[tier] + WEEK,
    logAppendTime: true,
  })),
  {
    name: TOPICS.parked,
    holds: 'deliveries that wait for their endpoint',
    cleanup: 'delete',
    retentionMs: 2 * WEEK,
    logAppendTime: true,
  },
  {
    name: TOPICS.deadLetter,
    holds: 'deliveries that will not be tried again by themselves',
    cleanup: 'delete',
    retentionMs: DEAD_LETTER_RETENTION_MS,
  },
  { name: TOPICS.lanes, holds: 'what a lane must remember across processes', cleanup: 'compact' },
  { name: TOPICS.journal, holds: 'every fact', cleanup: 'delete', retentionMs: WEEK },
];

/** What each consumer group takes that commits how far it has come; the one that releases parked deliveries does not. */
export const GROUP_TOPICS = {
  [MATCHER_GROUP]: [TOPICS.messages, TOPICS.messagesBulk],
  [DISPATCHER_GROUP]: [TOPICS.deliveries, TOPICS.returning],
  [RETRY_SCHEDULER_GROUP]: TIER_NAMES.map((tier) => TOPICS.retry(tier)),
  'parked-sweep': [TOPICS.parked],
  [RECORDER_GROUP]: RECORDED_TOPICS,
  [DEAD_LETTER_INDEX_GROUP]: [TOPICS.deadLetter],
  [REJECTED_INDEX_GROUP]: [TOPICS.rejected],
  notifier: [TOPICS.journal],
} as const satisfies Readonly<Record<string, readonly TopicName[]>>;
