import { Histogram, type HistogramSnapshot } from '../measure/histogram.js';
import type { Stamp } from '../wire/payload.js';
import { replyTo, type Behaviour, type Reply } from './behaviour.js';

/** Numbers of one endpoint since the run began. */
export interface PathStats {
  readonly requests: number;
  /** Deliveries answered 2xx, each once. */
  readonly delivered: number;
  /** Answers of 2xx beyond a delivery's first. */
  readonly repeats: number;
  /** Microseconds from the time of sending to the first attempt's arrival. */
  readonly latency: HistogramSnapshot;
  /** Microseconds from an answer that was no 2xx to the next attempt's arrival. */
  readonly returning: HistogramSnapshot;
}

/** Keeps the account of one path: which sequence numbers came, how often, and how late. */
export class PathAccount {
  #requests = 0;
  #delivered = 0;
  #repeats = 0;
  readonly #latency = new Histogram();
  readonly #returning = new Histogram();
  #attempts = new Uint8Array(4_096);
  #done = new Uint8Array(4_096);
  /** When a sequence number was last refused, by its number; few ever are. */
  readonly #refusedAt = new Map<number, number>();

  constructor(public behaviour: Behaviour) {}

  get delivered(): number {
    return this.#delivered;
  }

  arrived({ atMicros, sequence }: Stamp, nowMicros: number): Reply {
    if (sequence >= this.#attempts.length) this.#grow(sequence);
    const attempt = Math.min((this.#attempts[sequence] ?? 0) + 1, 255);
    this.#attempts[sequence] = attempt;
    this.#requests += 1;
    if (attempt === 1) this.#latency.record(nowMicros - atMicros);
    const refusedAt = attempt === 1 ? undefined : this.#refusedAt.get(sequence);
    if (refusedAt !== undefined) {
      this.#returning.record(nowMicros - refusedAt);
      this.#refusedAt.delete(sequence);
    }
    return replyTo(this.behaviour, attempt);
  }

  answered(sequence: number, status: number, nowMicros: number): void {
    if (status >= 300) this.#refusedAt.set(sequence, nowMicros);
    else if (this.#done[sequence] === 1) this.#repeats += 1;
    else {
      this.#done[sequence] = 1;
      this.#delivered += 1;
    }
  }

  /** Of the sequence numbers below `count`, those never answered 2xx. */
  missing(count: number): readonly number[] {
    const missing: number[] = [];
    for (let sequence = 0; sequence < count; sequence += 1) if (this.#done[sequence] !== 1) missing.push(sequence);
    return missing;
  }

  stats(): PathStats {
    return {
      requests: this.#requests,
      delivered: this.#delivered,
      repeats: this.#repeats,
      latency: this.#latency.snapshot(),
      returning: this.#returning.snapshot(),
    };
  }

  /** Forgets latencies so far, and no delivery: what warmed the processes up is not to be told. */
  forgetTimes(): void {
    this.#latency.clear();
    this.#returning.clear();
  }

  #grow(sequence: number): void {
    const size = 2 ** Math.ceil(Math.log2(sequence + 1));
    const attempts = new Uint8Array(size);
    const done = new Uint8Array(size);
    attempts.set(this.#attempts);
    done.set(this.#done);
    this.#attempts = attempts;
    this.#done = done;
  }
}

export function sumOf(all: readonly PathStats[]): PathStats {
  const sum = (pick: (stats: PathStats) => number) => all.reduce((total, stats) => total + pick(stats), 0);
  const joined = (pick: (stats: PathStats) => HistogramSnapshot) => {
    const histogram = new Histogram();
    for (const stats of all) histogram.add(Histogram.of(pick(stats)));
    return histogram.snapshot();
  };
  return {
    requests: sum(({ requests }) => requests),
    delivered: sum(({ delivered }) => delivered),
    repeats: sum(({ repeats }) => repeats),
    latency: joined(({ latency }) => latency),
    returning: joined(({ returning }) => returning),
  };
}
