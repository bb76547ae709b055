import type { DynamicModule } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, controlModule, ControlRefresh, perEnvironment } from '@signpost/runtime';
import { Matching } from './matching.js';
import { MessagesController } from './messages.controller.js';

/** The matcher as a value. Its adapters come from outside: real ones in the role, others in tests. */
export class MatcherModule {
  /** `kafka` exports RecordSink and TopicFollower. */
  static with(kafka: DynamicModule): DynamicModule {
    return {
      module: MatcherModule,
      imports: [kafka, controlModule(kafka)],
      controllers: [MessagesController],
      providers: [
        {
          provide: Matching,
          inject: [RecordSink, ControlDirectory, Metrics, Log],
          useFactory: (sink: RecordSink, control: ControlDirectory, metrics: Metrics, log: Log) => {
            const refresh = new ControlRefresh(control, log);
            return new Matching({ sink, view: control.view, refreshView: () => refresh.refresh(), metrics, log });
          },
        },
      ],
    };
  }
}

export const matcherModule = perEnvironment((env) => MatcherModule.with(kafkaModule(env)));
