import { Tracing } from './tracing.js';
import type { Span } from './span.js';
import type { Log } from '../logger.js';

/** What takes spans to a collector. */
export interface SpanExporter {
  /** Rejects when the collector did not take them, after as many tries as are worth making. */
  export(spans: readonly Span[]): Promise<void>;
  close(): Promise<void>;
}

export interface ExportingOptions {
  /** Of the traces that begin here, the share that is recorded whole: from 0 to 1. */
  readonly sampleRatio: number;
  /** Spans that may wait; those beyond are dropped. */
  readonly queue: number;
  /** Spans of one request to the collector. */
  readonly batch: number;
  /** Milliseconds that a span waits for others. */
  readonly delayMs: number;
}

/**
 * Between two full batches. Where everything fails every attempt is worth some spans; what they take of a process that
 * has other things to do then is bounded by this, and the rest is dropped and counted.
 */
const PAUSE_MS = 100;

/** Keeps spans until the collector has them, within bounds: one that is slow or gone costs spans, and nothing else. */
export class ExportingTracing extends Tracing {
  override readonly isOn = true;
  private queue: Span[] = [];
  private timer: { readonly handle: NodeJS.Timeout; readonly atMs: number } | undefined;
  private exporting: Promise<void> | undefined;
  private exporter: Promise<SpanExporter> | undefined;
  private underWay = 0;
  private isRefused = false;
  private isClosed = false;

  constructor(
    private readonly options: ExportingOptions,
    /** Called when there is something to export for the first time. */
    private readonly makeExporter: () => Promise<SpanExporter>,
    private readonly dropped: (spans: number) => void,
    private readonly log: Log,
  ) {
    super();
  }

  override samples(): boolean {
    return Math.random() < this.options.sampleRatio;
  }

  override record(span: Span): void {
    if (this.isClosed || this.queue.length >= this.options.queue) {
      this.dropped(1);
      return;
    }
    this.queue.push(span);
    this.arm();
  }

  override async close(withinMs: number): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer?.handle);
    const flushed = this.flush(Date.now() + withinMs);
    await within(flushed, withinMs);
    this.drop(this.queue.length + this.underWay);
    this.queue = [];
    this.underWay = 0;
    // Not waited for: it ends what is still under way.
    if (this.exporter !== undefined) void this.exporter.then((exporter) => exporter.close()).catch(() => undefined);
  }

  private async flush(untilMs: number): Promise<void> {
    await this.exporting;
    while (this.queue.length > 0 && Date.now() < untilMs) await this.exportNext();
  }

  private arm(): void {
    if (this.exporting !== undefined || this.isClosed) return;
    const waitMs = this.queue.length >= this.options.batch ? PAUSE_MS : this.options.delayMs;
    const atMs = Date.now() + Math.min(waitMs, this.options.delayMs);
    if (this.timer !== undefined && this.timer.atMs <= atMs) return;
    clearTimeout(this.timer?.handle);
    const handle = setTimeout(() => this.ring(), atMs - Date.now()).unref();
    this.timer = { handle, atMs };
  }

  private ring(): void {
    this.timer = undefined;
    this.exporting = this.exportNext().finally(() => {
      this.exporting = undefined;
      if (this.queue.length > 0) this.arm();
    });
  }

  /** Never rejects. */
  private async exportNext(): Promise<void> {
    const spans = this.queue.splice(0, this.options.batch);
    this.underWay = spans.length;
    try {
      this.exporter ??= this.makeExporter();
      await (await this.exporter).export(spans);
      if (this.isRefused) this.log.info('the trace collector takes spans again');
      this.isRefused = false;
      this.underWay = 0;
    } catch (error) {
      // None, if they were counted when there was no more time for them.
      this.drop(this.underWay);
      this.underWay = 0;
      if (this.isRefused) return;
      this.isRefused = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn('the trace collector does not take spans: they are dropped until it does', { reason });
    }
  }

  private drop(spans: number): void {
    if (spans > 0) this.dropped(spans);
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
