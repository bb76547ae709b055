import { setTimeout as wait } from 'node:timers/promises';
import type { Log, Metrics } from '@signpost/observability';
import { LogRefusedError, type DeadLetterIndexer, type PlacedDeadLetter, type RecordBatch } from '@signpost/ports';
import { readLetter } from './placed-letters.js';

const BATCH = 500;
const LONGEST_PAUSE_MS = 5_000;

interface Waiting {
  readonly placed: PlacedDeadLetter;
  readonly done: () => void;
}

/**
 * Writes dead letters to their index, all that wait at once, one batch after the other. A record is done once it is
 * committed. While the database is away they wait in Kafka, as all that is recorded does.
 */
export class LetterIndexing {
  private readonly queue: Waiting[] = [];
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private trouble: string | undefined;

  constructor(
    private readonly indexer: DeadLetterIndexer,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  take({ lease, records, done }: RecordBatch): void {
    for (const record of records) {
      const { offset } = record;
      const read = readLetter(lease.partition, record);
      switch (read.kind) {
        case 'letter':
          this.queue.push({ placed: read.placed, done: () => done(offset) });
          break;
        case 'without-delivery':
          this.metrics.of.deadLettersIndexed.inc({ result: 'without-delivery' });
          done(offset);
          break;
        case 'unreadable':
          this.leftOut('unreadable', { partition: lease.partition, offset }, read.error);
          done(offset);
          break;
      }
    }
    if (this.queue.length > 0) this.running ??= this.run();
  }

  /** For readiness: rejects while letters can't be written. */
  async check(): Promise<void> {
    if (this.trouble !== undefined) {
      throw new Error(`the index of dead letters cannot be written (${this.trouble}); letters wait in Kafka`);
    }
  }

  /** What is not written by now comes again from Kafka. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopped() && this.queue.length > 0) await this.write(this.queue.splice(0, BATCH));
    this.running = undefined;
  }

  /** Resolves once each is written or left out, or the process stops. */
  private async write(batch: readonly Waiting[]): Promise<void> {
    for (let failures = 0; !this.isStopped();) {
      try {
        await this.indexer.write(batch.map(({ placed }) => placed));
        this.written(batch);
        return;
      } catch (error) {
        if (error instanceof LogRefusedError) {
          await this.writeApart(batch, error);
          return;
        }
        failures += 1;
        await this.failed(error, failures);
      }
    }
  }

  /** Halves the batch until what the database refuses stands alone: it stays in its topic. */
  private async writeApart(batch: readonly Waiting[], error: LogRefusedError): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) {
      this.leftOut('refused', first.placed.position, error);
      first.done();
      return;
    }
    const middle = batch.length >> 1;
    await this.write(batch.slice(0, middle));
    await this.write(batch.slice(middle));
  }

  private written(batch: readonly Waiting[]): void {
    if (this.trouble !== undefined) {
      this.log.info('the index of dead letters is written again');
      this.trouble = undefined;
    }
    for (const { done } of batch) done();
    this.metrics.of.deadLettersIndexed.add(batch.length, { result: 'indexed' });
  }

  private async failed(error: unknown, failures: number): Promise<void> {
    this.metrics.of.recorderFailures.inc();
    if (this.trouble === undefined) {
      this.log.error('the index of dead letters cannot be written; they wait in Kafka until it can', error);
    }
    this.trouble = error instanceof Error ? error.message : String(error);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures);
    await wait(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private leftOut(result: 'unreadable' | 'refused', at: PlacedDeadLetter['position'], error: Error): void {
    this.metrics.of.deadLettersIndexed.inc({ result });
    this.log.warn('a dead letter is not in the index; it stays in its topic', { ...at, reason: error.message });
  }
}
