import { isPlace, readRejection } from '@signpost/contracts';
import type { Log, Metrics } from '@signpost/observability';
import type { PlacedRejection, RecordBatch, RejectedIndexer } from '@signpost/ports';
import { PatientWriter } from '../patient-writer.js';

const BATCH = 500;

interface Waiting {
  readonly placed: PlacedRejection;
  readonly done: () => void;
}

/** Writes rejected records to their index, as LetterIndexing does dead letters. Their values stay in the topic. */
export class RejectionIndexing {
  private readonly queue: Waiting[] = [];
  private running: Promise<void> | undefined;
  private readonly patient: PatientWriter<Waiting>;

  constructor(
    indexer: RejectedIndexer,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    const writing = {
      target: 'the index of rejected records',
      write: (batch: readonly Waiting[]) => indexer.write(batch.map(({ placed }) => placed)),
      written: (batch: readonly Waiting[]) => {
        for (const { done } of batch) done();
        this.metrics.of.rejectedIndexed.add(batch.length, { result: 'indexed' });
      },
      refused: ({ placed, done }: Waiting, error: Error) => {
        this.leftOut('refused', placed.position, error.message);
        done();
      },
    };
    this.patient = new PatientWriter(writing, metrics, log);
  }

  take({ lease, records, done }: RecordBatch): void {
    for (const { offset, headers } of records) {
      const position = { partition: lease.partition, offset };
      const rejection = readRejection(headers);
      // What names no record was not written by Signpost.
      if (rejection === undefined || !isPlace(rejection.source)) {
        this.leftOut('unreadable', position, 'it does not say what was rejected');
        done(offset);
      } else this.queue.push({ placed: { rejection, position }, done: () => done(offset) });
    }
    if (this.queue.length > 0) this.running ??= this.run();
  }

  /** For readiness: rejects while nothing can be written. */
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

  private leftOut(result: 'unreadable' | 'refused', at: PlacedRejection['position'], reason: string): void {
    this.metrics.of.rejectedIndexed.inc({ result });
    this.log.warn('a rejected record is not in the index; it stays in its topic', { ...at, reason });
  }
}
