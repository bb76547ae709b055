import type { DynamicModule } from '@nestjs/common';
import { readControl, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import { ControlView } from '@signpost/domain';
import { Health, Log } from '@signpost/observability';
import { TopicFollower, type Following, type IncomingRecord } from '@signpost/ports';

/** The control plane as this process knows it: the `control` topic, read from its beginning and followed. */
export class ControlDirectory {
  readonly view = new ControlView();
  private starting: Promise<Following> | undefined;
  private loaded = false;

  constructor(
    private readonly follower: TopicFollower,
    private readonly log: Log,
    health: Health,
  ) {
    health.addReadiness('control', () =>
      this.loaded ? Promise.resolve() : Promise.reject(new Error('the control topic has not been read to its end yet')),
    );
  }

  /** Resolves when the topic has been read to the end it had at the call: no process works before that. */
  async start(): Promise<void> {
    this.starting ??= this.follower.follow(TOPICS.control, (record) => {
      this.take(record);
    });
    await this.starting;
    this.loaded = true;
  }

  /** Whether what the view holds is the control plane at all, or still a part of it. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  /** Resolves once all that the topic held at the call is in the view. What is absent then is deleted. */
  async refresh(): Promise<void> {
    const following = await this.starting;
    await following?.caughtUp();
  }

  private take(record: IncomingRecord): void {
    try {
      this.view.apply(readControl(record));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.log.error('a control record was skipped: rebuild the control topic from the database', error, {
        offset: record.offset,
      });
    }
  }
}

class ControlModule {}
const made = new WeakMap<DynamicModule, DynamicModule>();

/** `kafka` has to export a TopicFollower. One directory for each Kafka module, and so one for each process. */
export function controlModule(kafka: DynamicModule): DynamicModule {
  const known = made.get(kafka);
  if (known !== undefined) return known;
  const module: DynamicModule = {
    module: ControlModule,
    imports: [kafka],
    providers: [
      {
        provide: ControlDirectory,
        inject: [TopicFollower, Log, Health],
        useFactory: (follower: TopicFollower, log: Log, health: Health) => new ControlDirectory(follower, log, health),
      },
    ],
    exports: [ControlDirectory],
  };
  made.set(kafka, module);
  return module;
}
