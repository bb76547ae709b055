import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics } from '@signpost/observability';
import {
  DeadLetterIndexer,
  DeliveryAccountBooks,
  DeliveryLogWriter,
  PipelineProgress,
  RecordSink,
  RejectedIndexer,
} from '@signpost/ports';
import { postgresModule } from '@signpost/postgres';
import { perEnvironment } from '@signpost/runtime';
import { AccountCounting } from './account/account-counting.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { LetterIndexing } from './dead-letters/letter-indexing.js';
import { loadRecorderConfig, type RecorderConfig } from './recorder.config.js';
import { Recording } from './recording.js';
import { RecordsController } from './records.controller.js';
import { RejectedController } from './rejected/rejected.controller.js';
import { RejectionIndexing } from './rejected/rejection-indexing.js';

/** Injection token of the process's RecorderConfig. */
export const RECORDER_CONFIG = Symbol('RecorderConfig');

/** Where a recorder's adapters come from. */
export interface RecorderAdapters {
  /** Exports RecordSink and PipelineProgress. */
  readonly kafka: DynamicModule;
  /** Exports DeliveryLogWriter, DeadLetterIndexer, RejectedIndexer and DeliveryAccountBooks. */
  readonly postgres: DynamicModule;
}

@Module({})
export class RecorderModule implements OnApplicationShutdown {
  constructor(
    @Inject(Recording) private readonly recording: Recording,
    @Inject(LetterIndexing) private readonly indexing: LetterIndexing,
    @Inject(RejectionIndexing) private readonly rejections: RejectionIndexing,
  ) {}

  static with({ kafka, postgres }: RecorderAdapters, config: RecorderConfig): DynamicModule {
    return {
      module: RecorderModule,
      imports: [kafka, postgres],
      controllers: [RecordsController, DeadLettersController, RejectedController],
      providers: [
        { provide: RECORDER_CONFIG, useValue: config },
        {
          provide: Recording,
          inject: [DeliveryLogWriter, RecordSink, Metrics, Log],
          useFactory: (writer: DeliveryLogWriter, sink: RecordSink, metrics: Metrics, log: Log) =>
            new Recording(writer, sink, config, metrics, log),
        },
        {
          provide: LetterIndexing,
          inject: [DeadLetterIndexer, Metrics, Log],
          useFactory: (indexer: DeadLetterIndexer, metrics: Metrics, log: Log) =>
            new LetterIndexing(indexer, metrics, log),
        },
        {
          provide: RejectionIndexing,
          inject: [RejectedIndexer, Metrics, Log],
          useFactory: (indexer: RejectedIndexer, metrics: Metrics, log: Log) =>
            new RejectionIndexing(indexer, metrics, log),
        },
        {
          provide: AccountCounting,
          inject: [DeliveryAccountBooks, PipelineProgress, Metrics, Log],
          useFactory: (books: DeliveryAccountBooks, progress: PipelineProgress, metrics: Metrics, log: Log) =>
            new AccountCounting(books, progress, config.accountEveryMs, metrics, log),
        },
      ],
      exports: [Recording, LetterIndexing, RejectionIndexing, AccountCounting],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.recording.stop(), this.indexing.stop(), this.rejections.stop()]);
  }
}

export const recorderModule = perEnvironment((env) =>
  RecorderModule.with({ kafka: kafkaModule(env), postgres: postgresModule(env) }, loadRecorderConfig(env)),
);
