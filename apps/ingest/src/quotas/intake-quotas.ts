import { randomUUID } from 'node:crypto';
import { quotaRecord, readQuotaReport, TOPICS, UnreadableRecordError, type MessageRecord } from '@signpost/contracts';
import { IntakeShares, type Application, type ApplicationId, type ControlView } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, RecordSink, TopicFollower } from '@signpost/ports';
import type { IngestConfig } from '../ingest.config.js';

const ROLL_MS = 500;

export interface IntakeQuotasParts {
  readonly sink: RecordSink;
  readonly follower: TopicFollower;
  readonly view: Pick<ControlView, 'endpointsOf' | 'eventType'>;
  readonly config: Pick<IngestConfig, 'applicationQuota'>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds by a clock that only goes forward. */
  readonly now?: () => number;
}

/** Of an application, what its quota goes by. */
export type QuotedApplication = Pick<Application, 'id' | 'organisationId'> & {
  readonly intakeQuota?: Application['intakeQuota'] | undefined;
};

/** `messages`, or `messages.bulk` for what an application sends above its quota. */
export type Way = typeof TOPICS.messages | typeof TOPICS.messagesBulk;

/**
 * Chooses the way of each message by its application's quota. Processes tell each other their rates twice a second, so no
 * message waits for an answer. Nothing runs and nothing is read until the first message of an application that has a quota.
 */
export class IntakeQuotas {
  private readonly process = randomUUID();
  private readonly shares = new IntakeShares();
  /** Whether an application has endpoints that want their conversations in order; known until the next reckoning. */
  private readonly ordered = new Map<ApplicationId, boolean>();
  private readonly now: () => number;
  private follows = false;
  /** Not before its end: what the topic held before is of processes that may be gone. */
  private hears = false;
  private timer: NodeJS.Timeout | undefined;
  private telling = false;
  private hasTold = false;
  private stopped = false;

  constructor(private readonly parts: IntakeQuotasParts) {
    this.now = parts.now ?? (() => performance.now());
  }

  /** Counts the message, and says which topic it belongs to. */
  wayOf(application: QuotedApplication, message: Omit<MessageRecord, 'payload'>, source: 'http' | 'kafka'): Way {
    const quota = application.intakeQuota ?? this.parts.config.applicationQuota;
    if (quota === undefined) return TOPICS.messages;
    this.start();
    if (this.shares.take(application.id, quota, this.now())) return TOPICS.messages;
    const way = this.needsItsPlace(application, message) ? 'messages' : 'bulk';
    this.parts.metrics.of.messagesOverQuota.inc({ source, way });
    return way === 'bulk' ? TOPICS.messagesBulk : TOPICS.messages;
  }

  /** Reckons anew and tells the others. Runs by itself while there is something to count. */
  roll(): void {
    if (!this.follows) void this.follow();
    this.ordered.clear();
    const rates = this.shares.roll(this.now());
    if ((rates.size > 0 || this.hasTold) && !this.telling) this.tell(rates);
    if (this.shares.isIdle && !this.hasTold) this.rest();
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    this.rest();
  }

  /** The two topics are read at their own pace: what has to stay behind what came before it keeps to one of them. */
  private needsItsPlace(application: QuotedApplication, message: Omit<MessageRecord, 'payload'>): boolean {
    const { id, organisationId } = application;
    if (this.parts.view.eventType(organisationId, message.eventType)?.coalesce !== undefined) return true;
    return message.conversationId !== undefined && this.isOrdered(id);
  }

  private isOrdered(id: ApplicationId): boolean {
    const known = this.ordered.get(id);
    if (known !== undefined) return known;
    const found = [...this.parts.view.endpointsOf(id)].some(({ ordering }) => ordering !== undefined);
    this.ordered.set(id, found);
    return found;
  }

  private start(): void {
    if (this.timer !== undefined || this.stopped) return;
    this.timer = setInterval(() => {
      this.roll();
    }, ROLL_MS).unref();
    if (!this.follows) void this.follow();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async follow(): Promise<void> {
    this.follows = true;
    try {
      await this.parts.follower.follow(TOPICS.quotas, (record) => {
        this.hear(record);
      });
      this.hears = true;
    } catch (error) {
      this.follows = false;
      this.parts.log.warn('quotas hold in this process alone for now: the others cannot be heard', { err: error });
    }
  }

  private hear(record: IncomingRecord): void {
    if (!this.hears) return;
    try {
      const { process, rates } = readQuotaReport(record);
      if (process !== this.process) this.shares.hear(process, rates, this.now());
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.parts.log.warn('a quota report does not decode', { err: error, offset: record.offset });
    }
  }

  /** One at a time: what a broker could not take for a while is old by then. */
  private tell(rates: ReadonlyMap<string, number>): void {
    this.telling = true;
    this.hasTold = rates.size > 0;
    const end = (): void => {
      this.telling = false;
    };
    this.parts.sink
      .append({ topic: TOPICS.quotas, ...quotaRecord({ process: this.process, rates }), patient: true })
      .then(end, end);
  }
}
