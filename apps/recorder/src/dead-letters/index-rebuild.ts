import { DEAD_LETTER_RETENTION_MS, TOPICS } from '@signpost/contracts';
import {
  LogRefusedError,
  type DeadLetterIndexer,
  type LetterSpan,
  type PartitionBounds,
  type PlacedDeadLetter,
  type TopicPart,
  type TopicScanner,
} from '@signpost/ports';
import { readLetter } from './placed-letters.js';

export interface RebuildProgress {
  /** Of the topic, as it was when the rebuild began. */
  readonly records: number;
  readonly read: number;
  readonly indexed: number;
  /** Records that name no delivery, are no letters, or have what the database never takes. */
  readonly leftOut: number;
}

/**
 * Makes the index say what the topic says, span by span: nothing of it is missing meanwhile, what the topic does not have
 * goes, and recorders may go on beside it. In the memory of one fetch, however many letters there are.
 */
export class IndexRebuild {
  private records = 0;
  private read = 0;
  private indexed = 0;
  private leftOut = 0;

  constructor(
    private readonly scanner: TopicScanner,
    private readonly indexer: DeadLetterIndexer,
    private readonly onProgress: (progress: RebuildProgress) => void,
    private readonly nowMs: number,
  ) {}

  async run(): Promise<RebuildProgress> {
    // Before the bounds are asked for: what a recorder indexes meanwhile is not taken for what the topic has lost.
    const highest = await this.indexer.highestOffsets();
    const bounds = await this.scanner.bounds(TOPICS.deadLetter);
    for (const { first, end } of bounds) this.records += end - first;
    for (const span of strayed(highest, bounds)) await this.indexer.replace(span, []);
    this.onProgress(this.progress());
    await this.scanner.scan(TOPICS.deadLetter, bounds, (part) => this.take(part));
    return this.progress();
  }

  private async take({ partition, from, to, records }: TopicPart): Promise<void> {
    const letters: PlacedDeadLetter[] = [];
    for (const record of records) {
      const read = readLetter(record, { partition, offset: record.offset });
      if (read.kind !== 'placed') this.leftOut += 1;
      // What is older is still in the topic's oldest segment, and on its way out of both.
      else if (read.placed.letter.atMs > this.nowMs - DEAD_LETTER_RETENTION_MS) letters.push(read.placed);
    }
    await this.replace({ partition, from, to }, letters);
    this.read += to - from;
    this.onProgress(this.progress());
  }

  /** Halves the span until what the database refuses stands alone: it is left out, and the rest is written. */
  private async replace(span: LetterSpan, letters: readonly PlacedDeadLetter[]): Promise<void> {
    try {
      await this.indexer.replace(span, letters);
      this.indexed += letters.length;
    } catch (error) {
      const middle = letters.length >> 1;
      const cut = letters[middle]?.position.offset;
      if (!(error instanceof LogRefusedError) || cut === undefined) throw error;
      if (middle === 0) {
        await this.indexer.replace(span, []);
        this.leftOut += 1;
        return;
      }
      await this.replace({ ...span, to: cut }, letters.slice(0, middle));
      await this.replace({ ...span, from: cut }, letters.slice(middle));
    }
  }

  private progress(): RebuildProgress {
    const { records, read, indexed, leftOut } = this;
    return { records, read, indexed, leftOut };
  }
}

/** What the index has and the topic does not: of another Kafka, or deleted there. */
function strayed(highest: ReadonlyMap<number, number>, bounds: readonly PartitionBounds[]): readonly LetterSpan[] {
  const known = new Map(bounds.map((one) => [one.partition, one]));
  return [...highest].flatMap(([partition, offset]) => {
    const { first, end } = known.get(partition) ?? { first: 0, end: 0 };
    const before = { partition, from: 0, to: first };
    const beyond = { partition, from: end, to: offset + 1 };
    return [before, beyond].filter(({ from, to }) => to > from);
  });
}
