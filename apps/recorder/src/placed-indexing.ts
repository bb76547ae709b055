import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, RecordBatch } from '@signpost/ports';
import { PatientWriter } from './patient-writer.js';

const BATCH = 500;

export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** What an index makes of a record of its topic. `why`: where somebody should know of it. */
export type Placing<Placed, LeftOut extends string> =
  | { readonly kind: 'placed'; readonly placed: Placed }
  | { readonly kind: 'left-out'; readonly result: LeftOut; readonly why?: string };

/** A topic whose records have an index, and that index. */
export interface PlacedIndex<Placed, LeftOut extends string> {
  /** For people: 'the index of dead letters'. */
  readonly target: string;
  /** For people, of one record: 'a dead letter'. */
  readonly one: string;
  read(record: IncomingRecord, position: Position): Placing<Placed, LeftOut>;
  write(placed: readonly Placed[]): Promise<void>;
  count(result: 'indexed' | 'refused' | LeftOut, count: number): void;
}

interface Waiting<Placed> {
  readonly placed: Placed;
  readonly done: () => void;
}

/**
 * Writes a topic's records to their index, all that wait at once, one batch after the other. A record is done once it is
 * committed. While the database is away they wait in Kafka, as all that is recorded does.
 */
export class PlacedIndexing<Placed extends { readonly position: Position }, LeftOut extends string> {
  private readonly queue: Waiting<Placed>[] = [];
  private running: Promise<void> | undefined;
  private readonly patient: PatientWriter<Waiting<Placed>>;

  constructor(
    private readonly index: PlacedIndex<Placed, LeftOut>,
    metrics: Metrics,
    private readonly log: Log,
  ) {
    const writing = {
      target: index.target,
      write: (batch: readonly Waiting<Placed>[]) => index.write(batch.map(({ placed }) => placed)),
      written: (batch: readonly Waiting<Placed>[]) => {
        for (const { done } of batch) done();
        index.count('indexed', batch.length);
      },
      refused: ({ placed, done }: Waiting<Placed>, error: Error) => {
        this.leftOut('refused', placed.position, error.message);
        done();
      },
    };
    this.patient = new PatientWriter(writing, metrics, log);
  }

  take({ lease: { partition }, records, done }: RecordBatch): void {
    for (const record of records) {
      const position = { partition, offset: record.offset };
      const read = this.index.read(record, position);
      if (read.kind === 'placed') {
        this.queue.push({ placed: read.placed, done: () => done(record.offset) });
        continue;
      }
      this.leftOut(read.result, position, read.why);
      done(record.offset);
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

  private leftOut(result: 'refused' | LeftOut, at: Position, why: string | undefined): void {
    this.index.count(result, 1);
    if (why === undefined) return;
    this.log.warn(`${this.index.one} is not in its index; it stays in its topic`, { ...at, reason: why });
  }
}
