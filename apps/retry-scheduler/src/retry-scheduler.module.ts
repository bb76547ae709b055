import type { DynamicModule } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics, Tracing } from '@signpost/observability';
import { RecordSink, TopicFollower } from '@signpost/ports';
import { ControlDirectory, controlModule, ControlRefresh, Fatal, perEnvironment } from '@signpost/runtime';
import { DemandFollower } from './parked/demand-follower.js';
import { ParkedController } from './parked/parked.controller.js';
import { Releases } from './parked/releases.js';
import { Sweep } from './parked/sweep.js';
import {
  loadRetrySchedulerConfig,
  RETRY_SCHEDULER_CONFIG,
  type RetrySchedulerConfig,
} from './retry-scheduler.config.js';
import { Tiers } from './tiers/tiers.js';
import { TiersController } from './tiers/tiers.controller.js';
import { WaitTraces } from './wait-traces.js';

const TIERS = {
  provide: Tiers,
  inject: [RecordSink, ControlDirectory, Metrics, Log, Fatal, Tracing],
  useFactory: (
    sink: RecordSink,
    control: ControlDirectory,
    metrics: Metrics,
    log: Log,
    fatal: Fatal,
    tracing: Tracing,
  ) => {
    const refresh = new ControlRefresh(control, log);
    return new Tiers({
      sink,
      view: control.view,
      refreshView: () => refresh.refresh(),
      metrics,
      log,
      traces: new WaitTraces(tracing, sink),
      onFatal: (error) => {
        fatal.raise(error);
      },
    });
  },
};

/** The scheduler as a value. Its adapters come from outside: real ones in the role, others in tests. */
export class RetrySchedulerModule {
  /** `kafka` exports RecordSink and TopicFollower. */
  static with(kafka: DynamicModule, config: RetrySchedulerConfig): DynamicModule {
    return {
      module: RetrySchedulerModule,
      imports: [kafka, controlModule(kafka)],
      controllers: [TiersController, ParkedController],
      providers: [
        { provide: RETRY_SCHEDULER_CONFIG, useValue: config },
        TIERS,
        {
          provide: DemandFollower,
          inject: [TopicFollower, Log],
          useFactory: (follower: TopicFollower, log: Log) => new DemandFollower(follower, log),
        },
        {
          provide: Releases,
          inject: [RecordSink, DemandFollower, Metrics, Log, Tracing],
          useFactory: (sink: RecordSink, demands: DemandFollower, metrics: Metrics, log: Log, tracing: Tracing) =>
            new Releases(sink, demands, metrics, log, new WaitTraces(tracing, sink)),
        },
        {
          provide: Sweep,
          inject: [RecordSink, DemandFollower, Metrics, Log, Fatal],
          useFactory: (sink: RecordSink, demands: DemandFollower, metrics: Metrics, log: Log, fatal: Fatal) =>
            new Sweep({
              sink,
              parkedOf: (endpointId) => demands.parkedOf(endpointId),
              limits: config.sweep,
              metrics,
              log,
              onFatal: (error) => {
                fatal.raise(error);
              },
            }),
        },
      ],
    };
  }
}

export const retrySchedulerModule = perEnvironment((env) =>
  RetrySchedulerModule.with(kafkaModule(env), loadRetrySchedulerConfig(env)),
);
