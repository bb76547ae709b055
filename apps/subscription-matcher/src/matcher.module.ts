import type { DynamicModule } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics, Tracing } from '@signpost/observability';
import { RecordSink, TopicScanner } from '@signpost/ports';
import { ControlDirectory, controlModule, ControlRefresh, perEnvironment } from '@signpost/runtime';
import { loadMatcherConfig, type MatcherConfig } from './matcher.config.js';
import { MatchTraces } from './match-traces.js';
import { Matching } from './matching.js';
import { MessagesController } from './messages.controller.js';
import { Repeats } from './repeats/repeats.js';

/** The matcher as a value. Its adapters come from outside: real ones in the role, others in tests. */
export class MatcherModule {
  /** `kafka` exports RecordSink, TopicFollower and TopicScanner. */
  static with(kafka: DynamicModule, config: MatcherConfig): DynamicModule {
    return {
      module: MatcherModule,
      imports: [kafka, controlModule(kafka)],
      controllers: [MessagesController],
      providers: [
        {
          provide: Repeats,
          inject: [TopicScanner, Log],
          useFactory: (scanner: TopicScanner, log: Log) => new Repeats(scanner, config, log),
        },
        {
          provide: Matching,
          inject: [RecordSink, ControlDirectory, Repeats, Metrics, Log, Tracing],
          useFactory: (
            sink: RecordSink,
            control: ControlDirectory,
            repeats: Repeats,
            metrics: Metrics,
            log: Log,
            tracing: Tracing,
          ) => {
            const refresh = new ControlRefresh(control, log);
            const refreshView = (): Promise<void> => refresh.refresh();
            const traces = new MatchTraces(tracing, sink);
            return new Matching({ sink, view: control.view, refreshView, repeats, metrics, log, traces });
          },
        },
      ],
    };
  }
}

export const matcherModule = perEnvironment((env) => MatcherModule.with(kafkaModule(env), loadMatcherConfig(env)));
