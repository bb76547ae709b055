import type { Log, Metrics } from '@signpost/observability';
import type { DeadLetterIndexer, PlacedDeadLetter, RecordBatch } from '@signpost/ports';
import { PatientWriter } from '../patient-writer.js';
import { readLetter } from './placed-letters.js';

const BATCH = 500;

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
  private readonly patient: PatientWriter<Waiting>;

  constructor(
    indexer: DeadLetterIndexer,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    const writing = {
      target: 'the index of dead letters',
      write: (batch: readonly Waiting[]) => indexer.write(batch.map(({ placed }) => placed)),
      written: (batch: readonly Waiting[]) => this.written(batch),
      refused: (one: Waiting, error: Error) => {
        this.leftOut('refused', one.placed.position, error);
        one.done();
      },
    };
    this.patient = new PatientWriter(writing, metrics, log);
  }

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
  check(): Promise<void> {
    return this.patient.check();
  }

  /** What is not written by now comes again from Kafka. */
  async stop(): Promise<void> {
    this.patient.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.patient.isStopped && this.queue.length > 0) await this.patient.write(this.queue.splice(0, BATCH));
    this.running = undefined;
  }

  private written(batch: readonly Waiting[]): void {
    for (const { done } of batch) done();
    this.metrics.of.deadLettersIndexed.add(batch.length, { result: 'indexed' });
  }

  private leftOut(result: 'unreadable' | 'refused', at: PlacedDeadLetter['position'], error: Error): void {
    this.metrics.of.deadLettersIndexed.inc({ result });
    this.log.warn('a dead letter is not in the index; it stays in its topic', { ...at, reason: error.message });
  }
}
