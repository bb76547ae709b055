import type { PendingRecord } from './pending-record.js';

export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** The next records of one partition, as one produce request carries them. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly PendingRecord[];
  readonly bytes: number;
}

/** How long a patient record waits for company at most, in milliseconds, and with how much it waits no longer. */
const PATIENCE_MS = 10;
const COMPANY_RECORDS = 500;
const BACKOFF_MS = [50, 100, 200, 400, 800, 1_600, 2_000] as const;

/**
 * One partition's records in the order of their calls, and its turn to send: while a batch is out, the partition is
 * not ready, so at most one send is in flight for it whatever happens: two could overtake each other.
 */
export class PartitionQueue {
  private waiting: PendingRecord[] = [];
  private from = 0;
  private sent: readonly PendingRecord[] = [];
  private inFlight = false;
  private failures = 0;
  private retryAt = 0;
  /** When what waits is to go at the latest, in milliseconds since 1970; Infinity when nothing waits. */
  private dueAt = Infinity;

  /** `onGone` is told of every record that leaves, for whatever reason: its bytes are free. */
  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly onGone: (pending: PendingRecord) => void,
  ) {}

  get empty(): boolean {
    return this.sent.length === 0 && this.from === this.waiting.length;
  }

  /** Its batch is out. */
  get busy(): boolean {
    return this.inFlight;
  }

  /** A partition that failed is sent alone until it works again: it must not fail its neighbours. */
  get suspect(): boolean {
    return this.failures > 0;
  }

  /** Milliseconds until it may send; 0 when it may now, Infinity when it has nothing to send or its batch is out. */
  readyIn(now: number): number {
    if (this.inFlight || this.empty) return Infinity;
    const dueAt = this.sent.length > 0 ? 0 : this.dueAt;
    return Math.max(0, this.retryAt - now, dueAt - now);
  }

  /** Whether it may send what it has, in company. */
  mayGo(now: number): boolean {
    return !this.inFlight && !this.empty && this.retryAt <= now;
  }

  add(pending: PendingRecord, now: number): void {
    this.waiting.push(pending);
    const isPatient = pending.record.patient === true && this.waiting.length - this.from < COMPANY_RECORDS;
    this.dueAt = Math.min(this.dueAt, isPatient ? now + PATIENCE_MS : 0);
  }

  /** The failed batch again if there is one, else the next records; what its caller gave up on is left out. */
  take(limits: BatchLimits): PartitionBatch | undefined {
    let records = this.sent.filter((pending) => this.wanted(pending));
    let bytes = records.reduce((sum, pending) => sum + pending.bytes, 0);
    if (records.length === 0) ({ records, bytes } = this.next(limits));
    this.sent = records;
    if (records.length === 0) return undefined;
    this.inFlight = true;
    return { topic: this.topic, partition: this.partition, records, bytes };
  }

  acknowledged(baseOffset: number): void {
    this.sent.forEach((pending, index) => {
      pending.acknowledge(baseOffset + index);
    });
    const { sent } = this;
    this.sent = [];
    sent.forEach(this.onGone);
    this.inFlight = false;
    this.failures = 0;
    this.retryAt = 0;
  }

  failed(now: number): void {
    this.inFlight = false;
    this.retryAt = now + (BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)] ?? 0);
    this.failures++;
  }

  /** The broker has said that it takes no batch of this size: send the half of it, or refuse the only record. */
  tooLarge(refuse: (pending: PendingRecord) => void): void {
    this.inFlight = false;
    const [only, ...others] = this.sent;
    if (only !== undefined && others.length === 0) {
      refuse(only);
      this.sent = [];
      this.failures = 0;
      this.onGone(only);
      return;
    }
    const half = Math.ceil(this.sent.length / 2);
    this.waiting = [...this.sent.slice(half), ...this.waiting.slice(this.from)];
    this.dueAt = 0;
    this.from = 0;
    this.sent = this.sent.slice(0, half);
  }

  retryNow(): void {
    this.retryAt = 0;
  }

  drain(): readonly PendingRecord[] {
    const all = [...this.sent, ...this.waiting.slice(this.from)];
    this.sent = [];
    this.waiting = [];
    this.from = 0;
    return all;
  }

  private wanted(pending: PendingRecord): boolean {
    if (pending.settled) this.onGone(pending);
    return !pending.settled;
  }

  private next(limits: BatchLimits): { readonly records: PendingRecord[]; readonly bytes: number } {
    const records: PendingRecord[] = [];
    let bytes = 0;
    for (; this.from < this.waiting.length && records.length < limits.records; this.from++) {
      const pending = this.waiting[this.from];
      if (pending === undefined || !this.wanted(pending)) continue;
      if (records.length > 0 && bytes + pending.bytes > limits.bytes) break;
      records.push(pending);
      bytes += pending.bytes;
    }
    if (this.from === this.waiting.length) {
      this.waiting = [];
      this.dueAt = Infinity;
    } else if (this.from > 1_024) this.waiting = this.waiting.slice(this.from);
    else return { records, bytes };
    this.from = 0;
    return { records, bytes };
  }
}
