import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Log, Metrics } from '@signpost/observability';
import { Mailer, RecordSink } from '@signpost/ports';
import { ControlDirectory, controlModule, ControlRefresh } from '@signpost/runtime';
import { JournalController } from './journal.controller.js';
import { MailQueue } from './mail-queue.js';
import { Notifier } from './notifier.js';
import type { NotifierConfig } from './notifier.config.js';

/** Where a notifier's adapters come from. */
export interface NotifierAdapters {
  /** Exports RecordSink and TopicFollower. */
  readonly kafka: DynamicModule;
  /** Exports Mailer. */
  readonly mail: DynamicModule;
}

@Module({})
export class NotifierModule implements OnApplicationShutdown {
  constructor(@Inject(MailQueue) private readonly mails: MailQueue) {}

  static with({ kafka, mail }: NotifierAdapters, config: NotifierConfig): DynamicModule {
    return {
      module: NotifierModule,
      imports: [kafka, mail, controlModule(kafka)],
      controllers: [JournalController],
      providers: [
        {
          provide: MailQueue,
          inject: [Mailer, Metrics, Log],
          useFactory: (mailer: Mailer, metrics: Metrics, log: Log) => new MailQueue(mailer, metrics, log),
        },
        {
          provide: Notifier,
          inject: [RecordSink, ControlDirectory, Mailer, MailQueue, Metrics, Log],
          useFactory: (
            sink: RecordSink,
            control: ControlDirectory,
            mailer: Mailer,
            mails: MailQueue,
            metrics: Metrics,
            log: Log,
          ) => {
            const refresh = new ControlRefresh(control, log);
            const refreshView = () => refresh.refresh();
            return new Notifier({ sink, view: control.view, refreshView, mailer, mails, metrics, log, config });
          },
        },
      ],
      exports: [Notifier],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.mails.stop();
  }
}
