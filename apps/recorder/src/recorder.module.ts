import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics } from '@signpost/observability';
import { DeliveryLogWriter, RecordSink } from '@signpost/ports';
import { postgresModule } from '@signpost/postgres';
import { perEnvironment } from '@signpost/runtime';
import { loadRecorderConfig, type RecorderConfig } from './recorder.config.js';
import { Recording } from './recording.js';
import { RecordsController } from './records.controller.js';

/** Injection token of the process's RecorderConfig. */
export const RECORDER_CONFIG = Symbol('RecorderConfig');

/** Where a recorder's adapters come from. */
export interface RecorderAdapters {
  /** Exports RecordSink. */
  readonly kafka: DynamicModule;
  /** Exports DeliveryLogWriter. */
  readonly postgres: DynamicModule;
}

@Module({})
export class RecorderModule implements OnApplicationShutdown {
  constructor(@Inject(Recording) private readonly recording: Recording) {}

  static with({ kafka, postgres }: RecorderAdapters, config: RecorderConfig): DynamicModule {
    return {
      module: RecorderModule,
      imports: [kafka, postgres],
      controllers: [RecordsController],
      providers: [
        { provide: RECORDER_CONFIG, useValue: config },
        {
          provide: Recording,
          inject: [DeliveryLogWriter, RecordSink, Metrics, Log],
          useFactory: (writer: DeliveryLogWriter, sink: RecordSink, metrics: Metrics, log: Log) =>
            new Recording(writer, sink, config, metrics, log),
        },
      ],
      exports: [Recording],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.recording.stop();
  }
}

export const recorderModule = perEnvironment((env) =>
  RecorderModule.with({ kafka: kafkaModule(env), postgres: postgresModule(env) }, loadRecorderConfig(env)),
);
