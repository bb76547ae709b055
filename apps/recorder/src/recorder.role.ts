import { RECORDER_GROUP } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Health, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { DatabasePreparation, PartitionKeeper } from '@signpost/postgres';
import { Fatal, prepareKafka, RUNTIME_CONFIG, type Role, type RuntimeConfig } from '@signpost/runtime';
import type { RecorderConfig } from './recorder.config.js';
import { RECORDER_CONFIG, recorderModule } from './recorder.module.js';
import { Recording } from './recording.js';
import { RECORDER } from './records.controller.js';

/** Batches wait longer than that before they are written; see RECORDER_BATCH_MS. */
const GATHER_MS = 50;

/** Writes what happened, from `messages` and `journal`, to the delivery log. */
export const recorderRole: Role = {
  name: 'recorder',
  module: recorderModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    app.get(Health).addReadiness('delivery log', () => app.get(Recording).check());
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    // Not waited for: with the database down the rest of the process has to come up all the same (promise 4).
    void app.get(DatabasePreparation).start();
    app.get(PartitionKeeper).start();
  },
  strategies(app) {
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: RECORDER_GROUP,
        transport: RECORDER,
        gatherMs: GATHER_MS,
        limits: { bytesInMemory: app.get<RecorderConfig>(RECORDER_CONFIG).unwrittenBytes },
        graceMs: app.get<RuntimeConfig>(RUNTIME_CONFIG).shutdownGraceMs,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'recorder'),
      }),
    ];
  },
};
