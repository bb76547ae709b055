import { DISPATCHER_GROUP } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { DISPATCHER } from './deliveries.controller.js';
import { Dispatch } from './dispatch.js';
import type { DispatcherConfig } from './dispatcher.config.js';
import { DISPATCHER_CONFIG, dispatcherModule } from './dispatcher.module.js';

/** Makes one HTTPS attempt for each delivery, judges it and passes it on. */
export const dispatcherRole: Role = {
  name: 'dispatcher',
  module: dispatcherModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    await app.get(ControlDirectory).start();
    await app.get(Dispatch).start();
  },
  strategies(app) {
    const fatal = app.get(Fatal);
    const { consumerRecords, consumerBytes } = app.get<DispatcherConfig>(DISPATCHER_CONFIG);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: DISPATCHER_GROUP,
        transport: DISPATCHER,
        observer: app.get(Dispatch),
        limits: { recordsPerPartition: consumerRecords, bytesInMemory: consumerBytes },
        // The dispatcher has waited for what is under way already; what is queued is not worth waiting for.
        graceMs: 0,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'dispatcher'),
      }),
    ];
  },
};
