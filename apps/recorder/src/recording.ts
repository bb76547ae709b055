import { setTimeout as wait } from 'node:timers/promises';
import { rejectedHeaders, TOPICS, type JournalFact, type MessageRecord } from '@signpost/contracts';
import { AppError } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import { LogRefusedError, type DeliveryLogWriter, type RecordBatch, type RecordSink } from '@signpost/ports';
import { readBatch, type Content, type Entry } from './entry.js';
import type { RecorderConfig } from './recorder.config.js';

const LONGEST_PAUSE_MS = 5_000;

/**
 * Gathers the records of all partitions and writes them in batches, one at a time. A record is done once it is
 * committed. While the database is away records stay where they are: the consumer reads no further once too many
 * are unfinished, and they come again after a crash.
 */
export class Recording {
  private readonly queue: Entry[] = [];
  private queuedBytes = 0;
  private oldestSince = 0;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private trouble: string | undefined;

  constructor(
    private readonly writer: DeliveryLogWriter,
    private readonly sink: RecordSink,
    private readonly config: Omit<RecorderConfig, 'accountEveryMs'>,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  take(batch: RecordBatch, kind: Content['kind']): void {
    const { entries, unreadable } = readBatch(batch, kind);
    for (const one of unreadable) this.setAside(one, one.error);
    if (entries.length === 0) return;
    if (this.queue.length === 0) this.oldestSince = performance.now();
    for (const entry of entries) {
      this.queue.push(entry);
      this.queuedBytes += entry.bytes;
    }
    this.running ??= this.run();
    if (this.isFull()) this.wake();
  }

  /** For readiness: rejects while batches can't be written. */
  async check(): Promise<void> {
    if (this.trouble !== undefined) {
      throw new Error(`the delivery log cannot be written (${this.trouble}); records wait in Kafka`);
    }
  }

  /** What is not written by now comes again from Kafka. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private isFull(): boolean {
    return this.queue.length >= this.config.batchRecords || this.queuedBytes >= this.config.batchBytes;
  }

  private async run(): Promise<void> {
    while (!this.isStopped() && this.queue.length > 0) {
      await this.company();
      await this.write(this.nextBatch());
    }
    this.running = undefined;
  }

  /** Waits until a batch is full or its oldest record has waited long enough. */
  private async company(): Promise<void> {
    const rest = this.oldestSince + this.config.batchMs - performance.now();
    if (rest <= 0 || this.isFull() || this.isStopped()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, rest);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }

  private nextBatch(): Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.queue) {
      if (count > 0 && (count >= this.config.batchRecords || bytes + entry.bytes > this.config.batchBytes)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.queuedBytes -= bytes;
    this.oldestSince = performance.now();
    return this.queue.splice(0, count);
  }

  /** Resolves once every entry is written or set aside, or the recorder stops. */
  private async write(entries: readonly Entry[]): Promise<void> {
    for (let failures = 0; !this.isStopped();) {
      try {
        const { messages, facts } = sorted(entries);
        await this.writer.write(messages, facts);
        this.written(entries);
        return;
      } catch (error) {
        if (error instanceof LogRefusedError) {
          await this.writeApart(entries, error);
          return;
        }
        failures += 1;
        await this.failed(error, failures);
      }
    }
  }

  /** Halves the batch until what the database refuses stands alone. */
  private async writeApart(entries: readonly Entry[], error: LogRefusedError): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    if (entries.length === 1) {
      this.setAside(first, error);
      return;
    }
    const middle = entries.length >> 1;
    await this.write(entries.slice(0, middle));
    await this.write(entries.slice(middle));
  }

  private written(entries: readonly Entry[]): void {
    if (this.trouble !== undefined) {
      this.log.info('the delivery log is written again');
      this.trouble = undefined;
    }
    let messages = 0;
    for (const { content, origin, record } of entries) {
      if (content.kind === 'message') messages += 1;
      origin.done(record.offset);
    }
    this.metrics.of.recorderRows.add(messages, { topic: 'messages' });
    this.metrics.of.recorderRows.add(entries.length - messages, { topic: 'journal' });
  }

  private async failed(error: unknown, failures: number): Promise<void> {
    this.metrics.of.recorderFailures.inc();
    const reason = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) {
      this.log.error('the delivery log cannot be written; records wait in Kafka until it can', error);
    }
    this.trouble = reason;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures);
    await wait(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private setAside({ record, origin }: Pick<Entry, 'record' | 'origin'>, error: AppError): void {
    const source = { topic: origin.topic, partition: origin.partition, offset: record.offset };
    this.metrics.of.unreadable.inc({ group: 'recorder' });
    this.log.warn('a record cannot be recorded and was set aside', {
      ...source,
      code: error.code,
      reason: error.message,
    });
    const rejection = { code: error.code, reason: error.message, source, atMs: Date.now() };
    const headers = rejectedHeaders(rejection, record.headers);
    const key = record.key?.toString('utf8') ?? `${source.topic}:${String(source.partition)}`;
    this.sink.append({ topic: TOPICS.rejected, key, value: record.value, headers }).then(
      () => {
        origin.done(record.offset);
      },
      () => {
        // The sink is closed: the record comes again.
      },
    );
  }
}

function sorted(entries: readonly Entry[]): { readonly messages: MessageRecord[]; readonly facts: JournalFact[] } {
  const messages: MessageRecord[] = [];
  const facts: JournalFact[] = [];
  for (const { content } of entries) {
    if (content.kind === 'message') messages.push(content.message);
    else facts.push(content.fact);
  }
  return { messages, facts };
}
