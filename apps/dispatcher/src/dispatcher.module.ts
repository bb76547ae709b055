import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { SecretBox } from '@signpost/domain';
import { EGRESS_CONFIG, egressModule, type EgressConfig } from '@signpost/egress';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics, Tracing } from '@signpost/observability';
import { RecordSink, TopicFollower, Transformer, WebhookSender } from '@signpost/ports';
import {
  ControlDirectory,
  controlModule,
  ControlRefresh,
  Fatal,
  perEnvironment,
  RUNTIME_CONFIG,
  type RuntimeConfig,
} from '@signpost/runtime';
import { transformationModule } from '@signpost/transformation';
import { DeliveriesController } from './deliveries.controller.js';
import { Dispatch } from './dispatch.js';
import { loadDispatcherConfig, type DispatcherConfig } from './dispatcher.config.js';

/** Injection token of the process's DispatcherConfig. */
export const DISPATCHER_CONFIG = Symbol('DispatcherConfig');

/** Where a dispatcher's adapters come from. */
export interface DispatcherAdapters {
  /** Exports RecordSink and TopicFollower. */
  readonly kafka: DynamicModule;
  /** Exports WebhookSender and EGRESS_CONFIG. */
  readonly egress: DynamicModule;
  /** Exports Transformer. */
  readonly transformation: DynamicModule;
}

/** The dispatcher as a value. Its adapters come from outside: real ones in the role, others in tests. */
@Module({})
export class DispatcherModule implements BeforeApplicationShutdown {
  constructor(
    @Inject(Dispatch) private readonly dispatch: Dispatch,
    @Inject(RUNTIME_CONFIG) private readonly runtime: RuntimeConfig,
  ) {}

  /** Before the consumer leaves its group, so that what is under way is done under a lease that still holds. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.dispatch.stop(this.runtime.shutdownGraceMs);
  }

  static with({ kafka, egress, transformation }: DispatcherAdapters, config: DispatcherConfig): DynamicModule {
    return {
      module: DispatcherModule,
      imports: [kafka, egress, transformation, controlModule(kafka)],
      controllers: [DeliveriesController],
      providers: [
        { provide: DISPATCHER_CONFIG, useValue: config },
        {
          provide: Dispatch,
          inject: [
            RecordSink,
            TopicFollower,
            WebhookSender,
            Transformer,
            ControlDirectory,
            SecretBox,
            Metrics,
            Log,
            Fatal,
            Tracing,
            EGRESS_CONFIG,
          ],
          useFactory: (
            sink: RecordSink,
            follower: TopicFollower,
            sender: WebhookSender,
            transformer: Transformer,
            control: ControlDirectory,
            secretBox: SecretBox,
            metrics: Metrics,
            log: Log,
            fatal: Fatal,
            tracing: Tracing,
            { timeouts }: EgressConfig,
          ) => {
            const refresh = new ControlRefresh(control, log);
            const { view } = control;
            const refreshView = () => refresh.refresh();
            return new Dispatch({
              sink,
              follower,
              sender,
              transformer,
              view,
              refreshView,
              secretBox,
              metrics,
              log,
              fatal,
              tracing,
              timeouts,
              config,
            });
          },
        },
      ],
      exports: [Dispatch, DISPATCHER_CONFIG],
    };
  }
}

export const dispatcherModule = perEnvironment((env) =>
  DispatcherModule.with(
    { kafka: kafkaModule(env), egress: egressModule(env), transformation: transformationModule(env) },
    loadDispatcherConfig(env),
  ),
);
