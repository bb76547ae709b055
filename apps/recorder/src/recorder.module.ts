import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics } from '@signpost/observability';
import {
  Backlogs,
  DeadLetterIndexer,
  DeliveryAccountBooks,
  DeliveryLogWriter,
  PipelineProgress,
  RecordSink,
  RejectedIndexer,
  WaitingWork,
} from '@signpost/ports';
import { postgresModule } from '@signpost/postgres';
import { BacklogWatch, perEnvironment, readsOfPipeline, showPipeline } from '@signpost/runtime';
import { AccountCounting } from './account/account-counting.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { LetterIndexing } from './dead-letters/letter-indexing.js';
import { loadRecorderConfig, type RecorderConfig } from './recorder.config.js';
import { Recording } from './recording.js';
import { RecordsController } from './records.controller.js';
import { RejectedController } from './rejected/rejected.controller.js';
import { RejectionIndexing } from './rejected/rejection-indexing.js';
import { WaitingReadings } from './waiting/waiting-readings.js';

/** Injection token of the process's RecorderConfig. */
export const RECORDER_CONFIG = Symbol('RecorderConfig');

/** Injection token of the recorder's BacklogWatch: another role of the process may have its own. */
export const PIPELINE_BACKLOG = Symbol('backlog of the pipeline');

/** Where a recorder's adapters come from. */
export interface RecorderAdapters {
  /** Exports RecordSink, PipelineProgress and Backlogs. */
  readonly kafka: DynamicModule;
  /** Exports DeliveryLogWriter, DeadLetterIndexer, RejectedIndexer, DeliveryAccountBooks and WaitingWork. */
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
          inject: [DeliveryAccountBooks, PipelineProgress, WaitingWork, Metrics, Log],
          useFactory: (
            books: DeliveryAccountBooks,
            progress: PipelineProgress,
            waiting: WaitingWork,
            metrics: Metrics,
            log: Log,
          ) => {
            const beside = new WaitingReadings(waiting, metrics, log);
            return new AccountCounting(books, progress, config.accountEveryMs, metrics, log, beside);
          },
        },
        {
          provide: PIPELINE_BACKLOG,
          inject: [Backlogs, Metrics, Log],
          useFactory: (backlogs: Backlogs, metrics: Metrics, log: Log) => {
            const watcher = backlogs.watch(readsOfPipeline(config.sources));
            return new BacklogWatch(watcher, config.backlogEveryMs, (look) => showPipeline(metrics, look), log);
          },
        },
      ],
      exports: [Recording, LetterIndexing, RejectionIndexing, AccountCounting, PIPELINE_BACKLOG],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.recording.stop(), this.indexing.stop(), this.rejections.stop()]);
  }
}

export const recorderModule = perEnvironment((env) =>
  RecorderModule.with({ kafka: kafkaModule(env), postgres: postgresModule(env) }, loadRecorderConfig(env)),
);
