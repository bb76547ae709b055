import { INGEST_GROUP } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { type BacklogWatch, ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { INGEST_CONFIG, type IngestConfig } from './ingest.config.js';
import { ingestModule, SOURCES_BACKLOG } from './ingest.module.js';
import { INGEST, SOURCE } from './source/source.controller.js';
import { checkSourceTopics } from './source/source-topics.js';

/** Takes events in, over HTTP and from the platform's own topics, and writes them to `messages`. */
export const ingestRole: Role = {
  name: 'ingest',
  module: ingestModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    const { sources } = app.get<IngestConfig>(INGEST_CONFIG);
    await checkSourceTopics(
      connection,
      sources.map(({ topic }) => topic),
    );
    await app.get(ControlDirectory).start();
    if (sources.length > 0) app.get<BacklogWatch>(SOURCES_BACKLOG).start();
  },
  strategies(app) {
    const { sources } = app.get<IngestConfig>(INGEST_CONFIG);
    if (sources.length === 0) return [];
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: INGEST_GROUP,
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
