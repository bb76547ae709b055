import { DEAD_LETTER_INDEX_GROUP, RECORDER_GROUP, REJECTED_INDEX_GROUP } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Health, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { DatabasePreparation, PartitionKeeper } from '@signpost/postgres';
import {
  type BacklogWatch,
  Fatal,
  prepareKafka,
  RUNTIME_CONFIG,
  type Role,
  type RuntimeConfig,
} from '@signpost/runtime';
import { AccountCounting } from './account/account-counting.js';
import { DEAD_LETTER_INDEX } from './dead-letters/dead-letters.controller.js';
import { LetterIndexing } from './dead-letters/letter-indexing.js';
import type { RecorderConfig } from './recorder.config.js';
import { PIPELINE_BACKLOG, RECORDER_CONFIG, recorderModule } from './recorder.module.js';
import { Recording } from './recording.js';
import { RECORDER } from './records.controller.js';
import { REJECTED_INDEX } from './rejected/rejected.controller.js';
import { RejectionIndexing } from './rejected/rejection-indexing.js';

/** Batches wait longer than that before they are written; see RECORDER_BATCH_MS. */
const GATHER_MS = 50;
const LETTERS_GATHER_MS = 250;

/** Letters wait for nobody: what of them is read and not yet written, payloads included. */
const UNINDEXED_BYTES = 8_388_608;

/** Writes what happened, from `messages` and `journal`, to the delivery log, and keeps the indexes of dead letters and of rejected records. */
export const recorderRole: Role = {
  name: 'recorder',
  module: recorderModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    app.get(Health).addReadiness('delivery log', () => app.get(Recording).check());
    app.get(Health).addReadiness('dead-letter index', () => app.get(LetterIndexing).check());
    app.get(Health).addReadiness('index of rejected records', () => app.get(RejectionIndexing).check());
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    app.get<BacklogWatch>(PIPELINE_BACKLOG).start();
    // Not waited for: with the database down the rest of the process has to come up all the same (promise 4).
    void app
      .get(DatabasePreparation)
      .start()
      .then(
        () => app.get(AccountCounting).start(),
        // Said by the preparation itself.
        () => undefined,
      );
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
      // A group of its own: a flood of letters holds up no fact, and a process of an earlier version is given none.
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: DEAD_LETTER_INDEX_GROUP,
        transport: DEAD_LETTER_INDEX,
        gatherMs: LETTERS_GATHER_MS,
        limits: { bytesInMemory: UNINDEXED_BYTES },
        graceMs: app.get<RuntimeConfig>(RUNTIME_CONFIG).shutdownGraceMs,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'dead-letter-index'),
      }),
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: REJECTED_INDEX_GROUP,
        transport: REJECTED_INDEX,
        gatherMs: LETTERS_GATHER_MS,
        limits: { bytesInMemory: UNINDEXED_BYTES },
        graceMs: app.get<RuntimeConfig>(RUNTIME_CONFIG).shutdownGraceMs,
        onFatal: (error) => fatal.raise(error),
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'rejected-index'),
      }),
    ];
  },
};
