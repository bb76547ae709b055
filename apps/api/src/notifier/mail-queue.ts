import { setTimeout as wait } from 'node:timers/promises';
import type { Log, Metrics } from '@signpost/observability';
import { MailRefusedError, type Mail, type Mailer, type PartitionLease } from '@signpost/ports';

export interface QueuedMail {
  readonly mail: Mail;
  /** Endpoint and state: about the same there is one mail in `restMs`. */
  readonly about: string;
  /** For the log. */
  readonly endpointId: string;
  /** Of the record that it follows from: once lost, another process has it, and sends the mail. */
  readonly lease: PartitionLease;
  readonly offset: number;
  /** Told once it is sent or given up. */
  readonly done: () => void;
}

export interface MailQueueOptions {
  /** Milliseconds after which a mail that cannot be sent is given up. */
  readonly giveUpMs: number;
  readonly restMs: number;
  /** Mails that may wait; those beyond are given up at once. */
  readonly capacity: number;
  /** Milliseconds after the first failure; twice as long after each more, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const MAIL_QUEUE_OPTIONS: MailQueueOptions = {
  giveUpMs: 3_600_000,
  restMs: 86_400_000,
  capacity: 5_000,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
};

/** A partition's window holds a million offsets: a mail that waits must not let it fill, or nothing more is read. */
const HELD_OFFSETS = 500_000;
const MOST_REMEMBERED = 10_000;

interface Waiting extends QueuedMail {
  readonly sinceMs: number;
}

/**
 * Sends mails one after another, and tries again while the server does not take them. Nothing else waits for it: who
 * puts a mail in hears of it when it is sent or given up, and one that is neither comes again from Kafka.
 */
export class MailQueue {
  private readonly waiting: Waiting[] = [];
  private readonly sentAtMs = new Map<string, number>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;

  constructor(
    private readonly mailer: Mailer,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly options: MailQueueOptions = MAIL_QUEUE_OPTIONS,
  ) {}

  put(one: QueuedMail): void {
    if (this.waiting.length >= this.options.capacity) {
      this.giveUp(one, 'dropped', 'too many mails wait');
      return;
    }
    this.waiting.push({ ...one, sinceMs: performance.now() });
    this.running ??= this.run();
  }

  /** Lets go of records that so much has come after: their mails are still tried, but would not survive this process. */
  reached(lease: PartitionLease, offset: number): void {
    for (const one of this.waiting) {
      if (one.lease === lease && offset - one.offset > HELD_OFFSETS) one.done();
    }
  }

  /** What is not sent by now comes again from Kafka. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    // `running` has to be set before this can end.
    await Promise.resolve();
    while (!signal.aborted) {
      const one = this.waiting.shift();
      if (one === undefined) break;
      if (one.lease.lost) continue;
      if (this.isRepeat(one)) {
        this.metrics.of.mails.inc({ result: 'repeated' });
        one.done();
        continue;
      }
      await this.send(one);
    }
    this.running = undefined;
  }

  private async send(one: Waiting): Promise<void> {
    try {
      await this.mailer.send(one.mail);
    } catch (error) {
      await this.failed(one, error);
      return;
    }
    this.failures = 0;
    this.remember(one.about);
    this.metrics.of.mails.inc({ result: 'sent' });
    one.done();
  }

  private async failed(one: Waiting, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof MailRefusedError) {
      this.giveUp(one, 'refused', reason);
      return;
    }
    const { giveUpMs, firstPauseMs, longestPauseMs } = this.options;
    if (performance.now() - one.sinceMs >= giveUpMs) {
      this.giveUp(one, 'given-up', reason);
      return;
    }
    if (this.failures === 0) this.log.warn('a mail could not be sent and is tried again', { reason });
    // Behind the others: it may be this one alone that the server does not want yet.
    this.waiting.push(one);
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    await wait(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private giveUp({ endpointId, mail, done }: QueuedMail, result: 'refused' | 'given-up' | 'dropped', reason: string) {
    this.metrics.of.mails.inc({ result });
    this.log.error('a mail was given up', undefined, { endpointId, subject: mail.subject, result, reason });
    done();
  }

  private isRepeat({ about }: QueuedMail): boolean {
    const sentAtMs = this.sentAtMs.get(about);
    return sentAtMs !== undefined && performance.now() - sentAtMs < this.options.restMs;
  }

  private remember(about: string): void {
    this.sentAtMs.delete(about);
    this.sentAtMs.set(about, performance.now());
    if (this.sentAtMs.size <= MOST_REMEMBERED) return;
    const [oldest] = this.sentAtMs.keys();
    if (oldest !== undefined) this.sentAtMs.delete(oldest);
  }
}
