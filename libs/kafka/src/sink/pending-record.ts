import type { OutgoingRecord, Position } from '@signpost/ports';

/** A record that waits for its acknowledgement. Settled once: acknowledged, given up by its caller, or refused. */
export class PendingRecord {
  readonly promise: Promise<Position>;
  readonly bytes: number;
  settled = false;
  private resolve!: (position: Position) => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly record: OutgoingRecord,
    readonly topic: string,
    readonly partition: number,
  ) {
    this.bytes = recordBytes(record);
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  acknowledge(offset: number): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve({ partition: this.partition, offset });
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(error);
  }
}

const PER_RECORD = 32;
const PER_HEADER = 6;

/** Bytes of key, value and headers as Kafka stores them, rounded up a little. */
export function recordBytes(record: OutgoingRecord): number {
  let bytes = PER_RECORD + Buffer.byteLength(record.key) + (record.value?.length ?? 0);
  for (const name in record.headers) {
    const value = record.headers[name];
    bytes += PER_HEADER + name.length + (typeof value === 'string' ? Buffer.byteLength(value) : (value?.length ?? 0));
  }
  return bytes;
}
