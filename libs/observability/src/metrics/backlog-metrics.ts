import { TOPIC_SETTINGS, type TopicName } from '@signpost/contracts';
import { REASON_CLASSES, TIER_NAMES } from '@signpost/domain';
import type { MetricDefinition } from './definition.js';
import { GROUPS } from './groups.js';

/** A topic by its name without the prefix; `source` stands for every topic of the platform's own that ingest reads. */
const TOPIC_LABELS: readonly (TopicName | 'source')[] = ['source', ...TOPIC_SETTINGS.map(({ name }) => name)];

/**
 * What waits, as seen from outside of the process that should see to it: a group that is down is the one that has to be
 * told of. Every recorder looks, and says the same: take the maximum over processes, not the sum. A part of METRICS.
 */
export const BACKLOG_METRICS = {
  groupLag: {
    kind: 'gauge',
    name: 'signpost_group_lag_records',
    unit: 'records',
    help: 'Records of a topic from the first on that its consumer group has not done; what it has done behind that one counts too. What waits in a tier or is parked waits as it should. Every recorder says it, of `source` each ingest: take the maximum.',
    labels: { group: GROUPS, topic: TOPIC_LABELS },
  },
  groupLagAge: {
    kind: 'gauge',
    name: 'signpost_group_lag_seconds',
    unit: 'seconds',
    help: 'Age of the oldest record of a topic that its consumer group has not done; 0 when there is none. Of what came since the last look it is reckoned. Every recorder says it, of `source` each ingest: take the maximum.',
    labels: { group: GROUPS, topic: TOPIC_LABELS },
  },
  oldestUndelivered: {
    kind: 'gauge',
    name: 'signpost_oldest_undelivered_seconds',
    unit: 'seconds',
    help: 'Age of the oldest message or fresh or returning delivery with which nothing has been done since it came: neither matched, nor attempted, parked or ended. Every recorder says it: take the maximum.',
    labels: {},
  },
  tierDepth: {
    kind: 'gauge',
    name: 'signpost_tier_deliveries',
    unit: 'deliveries',
    help: 'Deliveries in a tier from the first on that has not been handed back. Every recorder says it: take the maximum.',
    labels: { tier: TIER_NAMES },
  },
  tierOverdue: {
    kind: 'gauge',
    name: 'signpost_tier_overdue_seconds',
    unit: 'seconds',
    help: 'Seconds since the oldest delivery in a tier was due; 0 when none is, or it came since the last look. Every recorder says it: take the maximum.',
    labels: { tier: TIER_NAMES },
  },
  topicRetention: {
    kind: 'gauge',
    name: 'signpost_topic_retention_seconds',
    unit: 'seconds',
    help: 'Seconds for which Kafka keeps a record of a topic, read or not, as the topic is set now; without topics that are compacted or kept for ever. Every recorder says it: take the maximum.',
    labels: { topic: TOPIC_LABELS },
  },
  backlogSeen: {
    kind: 'gauge',
    name: 'signpost_backlog_seen_timestamp_seconds',
    unit: 'timestamp',
    help: 'Seconds since 1970 at which a recorder last looked at what waits in Kafka; what it says of it is as old.',
    labels: {},
  },
  deadLettersWaiting: {
    kind: 'gauge',
    name: 'signpost_dead_letters_waiting',
    unit: 'deliveries',
    help: 'Dead letters that nobody has sent again, by who has to look first. From the database; the one recorder that counts says it, the others 0: take the maximum.',
    labels: { class: REASON_CLASSES },
  },
  deadLettersOldest: {
    kind: 'gauge',
    name: 'signpost_dead_letters_oldest_seconds',
    unit: 'seconds',
    help: 'Seconds since the oldest dead letter died that nobody has sent again, by who has to look first; 0 when there is none. From the database, as the number of them.',
    labels: { class: REASON_CLASSES },
  },
  recoveries: {
    kind: 'gauge',
    name: 'signpost_recoveries',
    unit: 'recoveries',
    help: 'Re-drives, replays and recoveries that have not ended, by state. From the database; the one recorder that counts says it, the others 0: take the maximum.',
    labels: { state: ['running', 'paused'] },
  },
  recoveryDeliveries: {
    kind: 'gauge',
    name: 'signpost_recovery_deliveries',
    unit: 'deliveries',
    help: 'What the re-drives, replays and recoveries that have not ended have to hand over, by whether they have done so (left out for a reason of its own included) or not yet. From the database, as the number of them.',
    labels: { progress: ['done', 'left'] },
  },
  outboxOldest: {
    kind: 'gauge',
    name: 'signpost_outbox_oldest_seconds',
    unit: 'seconds',
    help: 'Age of the oldest change to the control plane that is not yet in Kafka; 0 when there is none. From the database, as the dead letters.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
