import { expect } from '@jest/globals';
import type { IncomingRecord, OutgoingRecord, Position, RecordSink } from '@signpost/ports';

export interface Acknowledged {
  readonly key: string;
  readonly value: string;
  readonly position: Position;
}

/** Appends without pause, many at a time, until it is told to stop; keeps what was acknowledged, in the order of the calls. */
export class SteadyAppends {
  private readonly calls: Promise<Acknowledged>[] = [];
  private running = true;
  private readonly ended: Promise<unknown>;

  constructor(sink: RecordSink, topic: OutgoingRecord['topic'], atOnce: number) {
    const loop = async (): Promise<void> => {
      while (this.running) {
        const value = String(this.calls.length);
        const key = `key-${String(this.calls.length % 31)}`;
        const call = sink
          .append({ topic, key, value: Buffer.from(value) })
          .then((position): Acknowledged => ({ key, value, position }));
        this.calls.push(call);
        await call;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    this.ended = Promise.all(Array.from({ length: atOnce }, loop));
  }

  get count(): number {
    return this.calls.length;
  }

  async stop(): Promise<readonly Acknowledged[]> {
    this.running = false;
    await this.ended;
    return Promise.all(this.calls);
  }
}

/** Each acknowledged record lies where its acknowledgement said, and a partition's lie in the order of the calls. */
export function expectAllThere(
  acknowledged: readonly Acknowledged[],
  log: ReadonlyMap<number, readonly IncomingRecord[]>,
): void {
  const values = new Map<string, string>();
  for (const [partition, records] of log)
    for (const { offset, value } of records) values.set(`${String(partition)}:${String(offset)}`, String(value));
  const elsewhere = new Set(values.values());
  const missing = acknowledged
    .filter(
      ({ value, position: { partition, offset } }) => values.get(`${String(partition)}:${String(offset)}`) !== value,
    )
    .map((each) => ({ ...each, elsewhere: elsewhere.has(each.value) }));
  expect({ missing: missing.length, examples: missing.slice(0, 3) }).toEqual({ missing: 0, examples: [] });
  const last = new Map<number, number>();
  const overtaken = acknowledged.filter(({ position: { partition, offset } }) => {
    const before = last.get(partition) ?? -1;
    last.set(partition, offset);
    return offset <= before;
  });
  expect({ overtaken: overtaken.length, examples: overtaken.slice(0, 3) }).toEqual({ overtaken: 0, examples: [] });
}
