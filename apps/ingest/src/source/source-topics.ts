import { TOPIC_SETTINGS } from '@signpost/contracts';
import { AppError } from '@signpost/domain';
import type { KafkaConnection } from '@signpost/kafka';

/** A topic of the platform's own that the settings name is not there. */
export class SourceTopicMissingError extends AppError {
  readonly code = 'source_topic_missing';
  constructor(topics: readonly string[]) {
    super(
      `ingest: Kafka has no topic ${topics.join(', ')}, which INGEST_SOURCE_TOPICS or INGEST_SOURCES_FILE names: ` +
        'create it, or correct the setting, and start again',
      { topics },
    );
  }
}

/** The settings name a topic of Signpost's: what is taken in from `messages` would come round for ever. */
export class SourceTopicOwnError extends AppError {
  readonly code = 'source_topic_own';
  constructor(topics: readonly string[]) {
    super(
      `ingest: ${topics.join(', ')}, which INGEST_SOURCE_TOPICS or INGEST_SOURCES_FILE names, is a topic of Signpost's own, as all are ` +
        "that begin with KAFKA_TOPIC_PREFIX: name topics of your platform's",
      { topics },
    );
  }
}

/** @throws SourceTopicOwnError, SourceTopicMissingError */
export async function checkSourceTopics(
  kafka: Pick<KafkaConnection, 'logical' | 'physical' | 'missingTopics'>,
  topics: readonly string[],
): Promise<void> {
  // The prefix may be empty.
  const names = new Set(TOPIC_SETTINGS.map(({ name }) => kafka.physical(name)));
  const own = topics.filter((topic) => kafka.logical(topic) !== topic || names.has(topic));
  if (own.length > 0) throw new SourceTopicOwnError(own);
  const missing = await kafka.missingTopics(topics);
  if (missing.length > 0) throw new SourceTopicMissingError(missing);
}
