import { TOPIC_SETTINGS, type TopicSettings } from '@signpost/contracts';
import type { KafkaConfig } from '../config.js';

const HOUR_MS = 3_600_000;
/** The largest record that the sink takes, in bytes of key, value and headers together. */
export const MAX_RECORD_BYTES = 1_048_576;
/** What Kafka adds around a record, generously. */
const OVERHEAD_BYTES = 65_536;

export interface TopicLayout {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  /** Kafka's topic configuration by its own names. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What each of Signpost's topics has to look like. */
export function topicLayouts(
  config: Pick<KafkaConfig, 'partitions' | 'replication' | 'minInsyncReplicas'>,
  physical: (name: string) => string,
): readonly TopicLayout[] {
  return TOPIC_SETTINGS.map((topic) => ({
    name: physical(topic.name),
    partitions: config.partitions,
    replication: config.replication,
    settings: {
      'min.insync.replicas': String(config.minInsyncReplicas),
      'unclean.leader.election.enable': 'false',
      'max.message.bytes': String(MAX_RECORD_BYTES + OVERHEAD_BYTES),
      'compression.type': 'producer',
      ...cleanup(topic),
      ...(topic.logAppendTime === undefined ? {} : { 'message.timestamp.type': 'LogAppendTime' }),
    },
  }));
}

/** Kafka never deletes the segment that it writes to: where little is written, that one has to end by time. */
function cleanup(topic: TopicSettings): Readonly<Record<string, string>> {
  if (topic.cleanup === 'compact') return { 'cleanup.policy': 'compact', 'segment.ms': String(HOUR_MS) };
  return {
    'cleanup.policy': 'delete',
    'segment.ms': String(Math.min(6 * HOUR_MS, topic.retentionMs ?? 6 * HOUR_MS)),
    ...(topic.retentionMs === undefined ? {} : { 'retention.ms': String(topic.retentionMs) }),
  };
}
