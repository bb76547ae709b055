import type { DynamicModule } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, controlModule, ControlRefresh, perEnvironment } from '@signpost/runtime';
import { ApplicationFinder } from './application-finder.js';
import { PublishController } from './http/publish.controller.js';
import { Publisher } from './http/publisher.js';
import { INGEST_CONFIG, loadIngestConfig, type IngestConfig } from './ingest.config.js';
import { BinaryModeReader } from './source/binary-mode.reader.js';
import { SourceController } from './source/source.controller.js';
import { SourceIntake } from './source/source-intake.js';

/** Ingest as a value. Its adapters come from outside: real ones in the role, others in tests. */
export class IngestModule {
  /** `kafka` exports RecordSink and TopicFollower. */
  static with(kafka: DynamicModule, config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [kafka, controlModule(kafka)],
      controllers: [PublishController, SourceController],
      providers: [
        { provide: INGEST_CONFIG, useValue: config },
        {
          provide: ApplicationFinder,
          inject: [ControlDirectory],
          useFactory: (control: ControlDirectory) => new ApplicationFinder(control.view),
        },
        { provide: Publisher, inject: [RecordSink], useFactory: (sink: RecordSink) => new Publisher(sink, config) },
        {
          provide: SourceIntake,
          inject: [RecordSink, ApplicationFinder, ControlDirectory, Metrics, Log],
          useFactory: (
            sink: RecordSink,
            finder: ApplicationFinder,
            control: ControlDirectory,
            metrics: Metrics,
            log: Log,
          ) => {
            const refresh = new ControlRefresh(control, log);
            const refreshView = () => refresh.refresh();
            return new SourceIntake({
              sink,
              finder,
              refreshView,
              readers: [new BinaryModeReader()],
              config,
              metrics,
              log,
            });
          },
        },
      ],
    };
  }
}

export const ingestModule = perEnvironment((env) => IngestModule.with(kafkaModule(env), loadIngestConfig(env)));
