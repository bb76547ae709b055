import type { DynamicModule } from '@nestjs/common';
import { kafkaModule } from '@signpost/kafka';
import { Log, Metrics, Tracing } from '@signpost/observability';
import { ApplicationStore, Backlogs, EventIds, RecordSink, TopicFollower } from '@signpost/ports';
import { postgresModule } from '@signpost/postgres';
import {
  BacklogWatch,
  ControlDirectory,
  controlModule,
  ControlRefresh,
  idempotencyModule,
  perEnvironment,
  readsOfSources,
  showGroups,
} from '@signpost/runtime';
import { ApplicationFinder } from './application-finder.js';
import { ApplicationMaker } from './application-maker.js';
import { EventIdReservations } from './http/event-id-reservations.js';
import { PublishController } from './http/publish.controller.js';
import { Publisher } from './http/publisher.js';
import { INGEST_CONFIG, loadIngestConfig, type IngestConfig } from './ingest.config.js';
import { RedrivenController } from './source/redriven.controller.js';
import { SourceController } from './source/source.controller.js';
import { SourceIntake } from './source/source-intake.js';
import { sourcesOf } from './source/source-readers.js';
import { MessageTraces } from './message-traces.js';
import { IntakeQuotas } from './quotas/intake-quotas.js';
import { PayloadValidation } from './validation/payload-validation.js';

const FINDER = {
  provide: ApplicationFinder,
  inject: [ControlDirectory],
  useFactory: (control: ControlDirectory) => new ApplicationFinder(control.view),
};

const VALIDATION = {
  provide: PayloadValidation,
  inject: [ControlDirectory, Metrics, Log],
  useFactory: (control: ControlDirectory, metrics: Metrics, log: Log) =>
    new PayloadValidation(control.view, metrics, log),
};

const TRACES = {
  provide: MessageTraces,
  inject: [Tracing, RecordSink],
  useFactory: (tracing: Tracing, sink: RecordSink) => new MessageTraces(tracing, sink),
};

const quotasBy = (config: IngestConfig) => ({
  provide: IntakeQuotas,
  inject: [RecordSink, TopicFollower, ControlDirectory, Metrics, Log],
  useFactory: (sink: RecordSink, follower: TopicFollower, { view }: ControlDirectory, metrics: Metrics, log: Log) =>
    new IntakeQuotas({ sink, follower, view, config, metrics, log }),
});

const publisherBy = (config: IngestConfig) => ({
  provide: Publisher,
  inject: [RecordSink, IntakeQuotas, MessageTraces, Metrics, Log, { token: EventIds, optional: true }],
  useFactory: (
    sink: RecordSink,
    quotas: IntakeQuotas,
    traces: MessageTraces,
    metrics: Metrics,
    log: Log,
    ids?: EventIds,
  ) => {
    if (ids === undefined) {
      log.warn('ingest runs without DATABASE_URL: repeated event ids and Idempotency-Keys are not known');
    }
    return new Publisher({
      sink,
      reservations: new EventIdReservations(ids, metrics, log),
      quotas,
      config,
      traces,
    });
  },
});

const sourceIntakeBy = (config: IngestConfig) => ({
  provide: SourceIntake,
  inject: [
    RecordSink,
    ApplicationFinder,
    ControlDirectory,
    Metrics,
    Log,
    PayloadValidation,
    IntakeQuotas,
    MessageTraces,
  ],
  useFactory: (
    sink: RecordSink,
    finder: ApplicationFinder,
    control: ControlDirectory,
    metrics: Metrics,
    log: Log,
    validation: PayloadValidation,
    quotas: IntakeQuotas,
    traces: MessageTraces,
  ) => {
    const refresh = new ControlRefresh(control, log);
    const refreshView = () => refresh.refresh();
    const sources = sourcesOf(config, metrics, log);
    return new SourceIntake({
      sink,
      finder,
      refreshView,
      sources,
      config,
      metrics,
      log,
      validation,
      quotas,
      traces,
    });
  },
});

/** Injection token of ingest's own BacklogWatch: only where it runs is it certain which sources it reads. */
export const SOURCES_BACKLOG = Symbol('backlog of the sources');

const backlogBy = ({ sources, backlogEveryMs }: IngestConfig) => ({
  provide: SOURCES_BACKLOG,
  inject: [Backlogs, Metrics, Log],
  useFactory: (backlogs: Backlogs, metrics: Metrics, log: Log) => {
    const watcher = backlogs.watch(readsOfSources(sources.map(({ topic }) => topic)));
    return new BacklogWatch(watcher, backlogEveryMs, (look) => showGroups(metrics, look), log);
  },
});

/** Ingest as a value. Its adapters come from outside: real ones in the role, others in tests. */
export class IngestModule {
  /**
   * `kafka` exports RecordSink, TopicFollower and Backlogs; `postgres` ApplicationStore, EventIds and IdempotencyKeys. Without it
   * events are taken in all the same, but none is known to be a repeat.
   */
  static with(kafka: DynamicModule, postgres: DynamicModule | undefined, config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [
        kafka,
        ...(postgres === undefined ? [] : [postgres]),
        controlModule(kafka),
        idempotencyModule(postgres),
      ],
      controllers: [PublishController, SourceController, RedrivenController],
      providers: [
        { provide: INGEST_CONFIG, useValue: config },
        FINDER,
        {
          provide: ApplicationMaker,
          inject: [{ token: ApplicationStore, optional: true }],
          useFactory: (applications?: ApplicationStore) => new ApplicationMaker(applications),
        },
        VALIDATION,
        quotasBy(config),
        backlogBy(config),
        TRACES,
        publisherBy(config),
        sourceIntakeBy(config),
      ],
    };
  }
}

/** Intake needs Kafka alone; with a database it knows repeats. */
const hasDatabase = (env: NodeJS.ProcessEnv): boolean => (env['DATABASE_URL'] ?? '') !== '';

export const ingestModule = perEnvironment((env) =>
  IngestModule.with(kafkaModule(env), hasDatabase(env) ? postgresModule(env) : undefined, loadIngestConfig(env)),
);
