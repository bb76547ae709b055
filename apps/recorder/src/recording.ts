import { rejectedHeaders, TOPICS, type JournalFact, type MessageRecord } from '@signpost/contracts';
import type { AppError } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { DeliveryLogWriter, RecordBatch, RecordSink } from '@signpost/ports';
import { readBatch, type Content, type Entry } from './entry.js';
import { PatientWriter } from './patient-writer.js';
import type { RecorderConfig } from './recorder.config.js';

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
  private wake: () => void = () => undefined;
  private readonly patient: PatientWriter<Entry>;

  constructor(
    writer: DeliveryLogWriter,
    private readonly sink: RecordSink,
    private readonly config: Pick<RecorderConfig, 'batchRecords' | 'batchBytes' | 'batchMs' | 'unwrittenBytes'>,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    const writing = {
      target: 'the delivery log',
      write: (entries: readonly Entry[]) => {
        const { messages, facts } = sorted(entries);
        const since = performance.now();
        return writer.write(messages, facts).finally(() => {
          metrics.of.recorderWriteDuration.observe((performance.now() - since) / 1_000);
        });
      },
      written: (entries: readonly Entry[]) => this.written(entries),
      refused: (entry: Entry, error: AppError) => this.setAside(entry, error),
    };
    this.patient = new PatientWriter(writing, metrics, log);
  }

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
  check(): Promise<void> {
    return this.patient.check();
  }

  /** What is not written by now comes again from Kafka. */
  async stop(): Promise<void> {
    this.patient.stop();
    this.wake();
    await this.running;
  }

  private isFull(): boolean {
    return this.queue.length >= this.config.batchRecords || this.queuedBytes >= this.config.batchBytes;
  }

  private async run(): Promise<void> {
    while (!this.patient.isStopped && this.queue.length > 0) {
      await this.company();
      await this.patient.write(this.nextBatch());
    }
    this.running = undefined;
  }

  /** Waits until a batch is full or its oldest record has waited long enough. */
  private async company(): Promise<void> {
    const rest = this.oldestSince + this.config.batchMs - performance.now();
    if (rest <= 0 || this.isFull() || this.patient.isStopped) return;
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

  private written(entries: readonly Entry[]): void {
    let messages = 0;
    for (const { content, origin, record } of entries) {
      if (content.kind === 'message') messages += 1;
      origin.done(record.offset);
    }
    this.metrics.of.recorderRows.add(messages, { topic: 'messages' });
    this.metrics.of.recorderRows.add(entries.length - messages, { topic: 'journal' });
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
