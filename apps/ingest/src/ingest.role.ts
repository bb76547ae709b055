import { AppError } from '@signpost/domain';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { INGEST_CONFIG, type IngestConfig } from './ingest.config.js';
import { ingestModule } from './ingest.module.js';
import { INGEST, SOURCE } from './source/source.controller.js';

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

/** Takes events in, over HTTP and from the platform's own topics, and writes them to `messages`. */
export const ingestRole: Role = {
  name: 'ingest',
  module: ingestModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    const { sources } = app.get<IngestConfig>(INGEST_CONFIG);
    const missing = await connection.missingTopics(sources.map(({ topic }) => topic));
    if (missing.length > 0) throw new SourceTopicMissingError(missing);
    await app.get(ControlDirectory).start();
  },
  strategies(app) {
    const { sources } = app.get<IngestConfig>(INGEST_CONFIG);
    if (sources.length === 0) return [];
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: 'ingest',
        transport: INGEST,
        topics: { [SOURCE]: sources.map(({ topic }) => topic) },
        onFatal: (error) => {
          fatal.raise(error);
        },
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'ingest'),
      }),
    ];
  },
};
