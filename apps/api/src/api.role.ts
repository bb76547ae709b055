import { setTimeout as wait } from 'node:timers/promises';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { ControlPublisher, RecordSink } from '@signpost/ports';
import { AccessKeeper, DatabasePreparation } from '@signpost/postgres';
import { ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { apiModule } from './api.module.js';
import { ExpiredSecrets } from './endpoints/expired-secrets.js';
import { NOTIFIER } from './notifier/journal.controller.js';
import { LaneProjection } from './lane-projection.js';
import { RecoveryWorker } from './redelivery/recovery-worker.js';

/** How long a start waits for the database before it goes on without: roles beside this one may not need it. */
const DATABASE_WITHIN_MS = 30_000;

/** The control plane, and what the delivery log knows. */
export const apiRole: Role = {
  name: 'api',
  module: apiModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    const prepared = app.get(DatabasePreparation).start();
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    const isPrepared = await Promise.race([prepared.then(() => true), wait(DATABASE_WITHIN_MS, false, { ref: false })]);
    if (!isPrepared) {
      app.get(Log).warn('the start goes on without the database; the API answers 503 until it is there');
      prepared.catch((error: unknown) =>
        app.get(Fatal).raise(error instanceof Error ? error : new Error(String(error))),
      );
    }
    app.get(AccessKeeper).start();
    await app.get(ControlDirectory).start();
    app.get(ControlPublisher).start(sink);
    await app.get(LaneProjection).start();
    app.get(ExpiredSecrets).start();
    app.get(RecoveryWorker).start();
  },
  strategies(app) {
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: 'notifier',
        gatherMs: 250,
        transport: NOTIFIER,
        // Records whose mail waits for its server are unfinished: more of them than may wait at once.
        limits: { recordsPerPartition: 20_000, bytesInMemory: 33_554_432 },
        // What is under way is mails, and they come again.
        graceMs: 0,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'notifier'),
      }),
    ];
  },
};
