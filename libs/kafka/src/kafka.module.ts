import { Inject, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import {
  AcceptedMessages,
  Backlogs,
  LogProgress,
  PipelineProgress,
  RecordSink,
  TopicFollower,
  TopicScanner,
} from '@signpost/ports';
import { KafkaConfig, loadKafkaConfig } from './config.js';
import { KafkaConnection } from './connection/kafka-connection.js';
import { KafkaLogProgress } from './follow/log-progress.js';
import { KafkaTopicFollower } from './follow/topic-follower.js';
import { KafkaTopicScanner } from './follow/topic-scanner.js';
import { KafkaAcceptedMessages } from './progress/accepted-messages.js';
import { KafkaBacklogs } from './progress/backlogs.js';
import { KafkaPipelineProgress } from './progress/pipeline-progress.js';
import { KafkaRecordSink } from './sink/record-sink.js';

/** Consumers close before this, with their transports; the sink goes last, since what they finish is written by it. */
@Injectable()
class ClosesKafka implements OnApplicationShutdown {
  constructor(
    @Inject(TopicFollower) private readonly follower: KafkaTopicFollower,
    @Inject(RecordSink) private readonly sink: KafkaRecordSink,
    @Inject(KafkaConnection) private readonly connection: KafkaConnection,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
  }
}

@Module({})
class KafkaModule {}

const made = new WeakMap<NodeJS.ProcessEnv, DynamicModule>();

/** One client for each environment object: roles of one process that ask with the same one share it. */
export function kafkaModule(env: NodeJS.ProcessEnv): DynamicModule {
  const known = made.get(env);
  if (known !== undefined) return known;
  const config = loadKafkaConfig(env);
  const connection = new KafkaConnection(config);
  const module: DynamicModule = {
    module: KafkaModule,
    providers: [
      { provide: KafkaConfig, useValue: config },
      { provide: KafkaConnection, useValue: connection },
      { provide: RecordSink, useFactory: () => new KafkaRecordSink(connection) },
      { provide: TopicFollower, useFactory: () => new KafkaTopicFollower(connection) },
      { provide: TopicScanner, useFactory: () => new KafkaTopicScanner(connection) },
      { provide: LogProgress, useFactory: () => new KafkaLogProgress(connection) },
      { provide: PipelineProgress, useFactory: () => new KafkaPipelineProgress(connection) },
      { provide: AcceptedMessages, useFactory: () => new KafkaAcceptedMessages(connection) },
      { provide: Backlogs, useFactory: () => new KafkaBacklogs(connection) },
      ClosesKafka,
    ],
    exports: [
      KafkaConfig,
      KafkaConnection,
      RecordSink,
      TopicFollower,
      TopicScanner,
      LogProgress,
      PipelineProgress,
      AcceptedMessages,
      Backlogs,
    ],
  };
  made.set(env, module);
  return module;
}
