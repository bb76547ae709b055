import { MATCHER_GROUP, TOPICS } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaHealth, KafkaRecordSink } from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { matcherModule } from './matcher.module.js';
import { MATCHER } from './messages.controller.js';
import { Repeats } from './repeats/repeats.js';

const MIB = 1_048_576;
/** What waits for its turns leaves `messages` its room. */
const BULK = { records: 4_000, bytes: 16 * MIB } as const;

/** Turns each message into deliveries, one for each endpoint that asked for it. */
export const matcherRole: Role = {
  name: 'subscription-matcher',
  module: matcherModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    await app.get(ControlDirectory).start();
  },
  strategies(app) {
    const fatal = app.get(Fatal);
    return [
      new KafkaConsumerStrategy(app.get(KafkaConnection), {
        group: MATCHER_GROUP,
        transport: MATCHER,
        observer: app.get(Repeats),
        limits: { byTopic: { [TOPICS.messagesBulk]: BULK } },
        onFatal: (error) => {
          fatal.raise(error);
        },
        metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'matcher'),
      }),
    ];
  },
};
