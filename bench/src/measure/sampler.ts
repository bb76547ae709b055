import { ProcessTable } from './proc.js';

/** A process that is watched; its id may change when it is started anew. */
export interface Watched {
  readonly name: string;
  readonly pid: () => number | undefined;
}

const EVERY_MS = 1_000;

/** Looks at the processes of a benchmark once a second. */
export class Sampler {
  readonly #table = new ProcessTable();
  readonly #peaks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly watched: readonly Watched[]) {
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** Processor seconds of each process since it began. */
  cpuSeconds(): ReadonlyMap<string, number> {
    return new Map(this.#usages().map(([name, { cpuSeconds }]) => [name, cpuSeconds]));
  }

  beginPeaks(): void {
    this.#peaks.clear();
    for (const { pid } of this.watched) {
      const id = pid();
      if (id !== undefined) this.#table.resetPeak(id);
    }
    this.#look();
  }

  /** Most bytes of each since peaks were begun. */
  peaks(): ReadonlyMap<string, number> {
    this.#look();
    return new Map(this.#peaks);
  }

  /** Bytes that a process holds now; NaN of one that does not run. */
  memoryBytes(name: string): number {
    const id = this.watched.find((each) => each.name === name)?.pid();
    return id === undefined ? Number.NaN : this.#table.usage(id).memoryBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [name, { peakBytes }] of this.#usages()) {
      this.#peaks.set(name, Math.max(peakBytes, this.#peaks.get(name) ?? 0));
    }
  }

  #usages() {
    return this.watched.flatMap(({ name, pid }) => {
      const id = pid();
      return id === undefined ? [] : [[name, this.#table.usage(id)] as const];
    });
  }
}
