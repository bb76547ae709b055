import {
  RecordSink,
  type IncomingRecord,
  type OutgoingRecord,
  type PartitionLease,
  type Position,
  type RecordBatch,
} from '@signpost/ports';

interface Held {
  readonly record: OutgoingRecord;
  readonly acknowledge: () => void;
  readonly refuse: (error: Error) => void;
}

/** A sink whose acknowledgements the test gives, to see what waits for them. Every key falls into partition 0. */
export class HeldSink extends RecordSink {
  readonly held: Held[] = [];
  private readonly ends = new Map<string, number>();

  override append(record: OutgoingRecord): Promise<Position> {
    const offset = this.ends.get(record.topic) ?? 0;
    this.ends.set(record.topic, offset + 1);
    return new Promise((resolve, reject) => {
      this.held.push({
        record,
        acknowledge: () => {
          resolve({ partition: 0, offset });
        },
        refuse: reject,
      });
    });
  }

  override appendWithin(record: OutgoingRecord): Promise<Position> {
    return this.append(record);
  }

  override partitionOf(): number {
    return 0;
  }

  of(topic: string): readonly OutgoingRecord[] {
    return this.held.map(({ record }) => record).filter((record) => record.topic === topic);
  }

  async acknowledgeAll(): Promise<void> {
    for (const { acknowledge } of this.held) acknowledge();
    await turn();
  }
}

/** A batch as a consumer group hands it over, and the offsets that its handler has said to be done. */
export function aBatch(
  topic: string,
  records: readonly Partial<IncomingRecord>[],
): {
  readonly batch: RecordBatch;
  readonly done: number[];
  readonly lease: { -readonly [K in keyof PartitionLease]: PartitionLease[K] };
} {
  const done: number[] = [];
  const lease = { topic, partition: 0, lost: false };
  const filled = records.map((record, index) => ({
    offset: index,
    timestampMs: Date.now(),
    key: null,
    value: null,
    headers: {},
    ...record,
  }));
  return { batch: { lease, records: filled, done: (offset) => done.push(offset) }, done, lease };
}

/** Lets everything that is ready to run do so. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
