import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth } from '@signpost/kafka';
import { consumerMetrics, Health, Log, Metrics } from '@signpost/observability';
import { DatabasePreparation, PartitionKeeper } from '@signpost/postgres';
import { Fatal, RUNTIME_CONFIG, type Role, type RuntimeConfig } from '@signpost/runtime';
import { recorderModule } from './recorder.module.js';
import { Recording } from './recording.js';
import { RECORDER } from './records.controller.js';

/** Writes what happened, from `messages` and `journal`, to the delivery log. */
export const recorderRole: Role = {
  name: 'recorder',
  module: recorderModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const health = app.get(Health);
    health.addReadiness('kafka', kafkaHealth(connection));
    health.addReadiness('delivery log', () => app.get(Recording).check());
    await connection.ensureTopics();
    // Not waited for: with the database down the rest of the process has to come up all the same (promise 4).
    void app.get(DatabasePreparation).start();
    app.get(PartitionKeeper).start();
  },
  strategies(app) {
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: 'recorder',
        transport: RECORDER,
        graceMs: app.get<RuntimeConfig>(RUNTIME_CONFIG).shutdownGraceMs,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'recorder'),
      }),
    ];
  },
};
