import { setTimeout as wait } from 'node:timers/promises';
import type { Log, Metrics } from '@signpost/observability';
import { LogRefusedError } from '@signpost/ports';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** What is written, and what becomes of it. */
export interface Writing<Entry> {
  /** In words of a log: 'the delivery log'. */
  readonly target: string;
  /** @throws LogRefusedError when the database will never take them together; any other error is tried again */
  write(entries: readonly Entry[]): Promise<void>;
  /** They are committed. */
  written(entries: readonly Entry[]): void;
  /** The database will never take this one. */
  refused(entry: Entry, error: LogRefusedError): void;
}

/**
 * Writes a batch for as long as it takes. While the database is away the batch is tried again, ever less often; what
 * comes after it waits in Kafka. What the database refuses for good is found by halving, and the rest is written.
 */
export class PatientWriter<Entry> {
  private readonly stopping = new AbortController();
  private trouble: string | undefined;

  constructor(
    private readonly writing: Writing<Entry>,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** What is not written by now comes again from Kafka. */
  stop(): void {
    this.stopping.abort();
  }

  /** For readiness: rejects while nothing can be written. */
  async check(): Promise<void> {
    if (this.trouble !== undefined) {
      throw new Error(`${this.writing.target} cannot be written (${this.trouble}); records wait in Kafka`);
    }
  }

  /** Resolves once each entry is written or refused, or the writer is stopped. */
  async write(entries: readonly Entry[]): Promise<void> {
    for (let failures = 0; !this.isStopped; failures += 1) {
      try {
        await this.writing.write(entries);
        this.succeeded();
        this.writing.written(entries);
        return;
      } catch (error) {
        if (error instanceof LogRefusedError) {
          await this.writeApart(entries, error);
          return;
        }
        await this.failed(error, failures);
      }
    }
  }

  /** Halves the batch until what the database refuses stands alone. */
  private async writeApart(entries: readonly Entry[], error: LogRefusedError): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    if (entries.length === 1) {
      this.writing.refused(first, error);
      return;
    }
    const middle = entries.length >> 1;
    await this.write(entries.slice(0, middle));
    await this.write(entries.slice(middle));
  }

  private succeeded(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.log.info(`${this.writing.target} is written again`);
  }

  private async failed(error: unknown, failuresBefore: number): Promise<void> {
    this.metrics.of.recorderFailures.inc();
    if (this.trouble === undefined) {
      this.log.error(`${this.writing.target} cannot be written; records wait in Kafka until it can`, error);
    }
    this.trouble = error instanceof Error ? error.message : String(error);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failuresBefore);
    await wait(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
