import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newSpanId, newTraceId } from '@signpost/domain';
import { Log } from '../logger.js';
import { ExportingTracing, type ExportingOptions, type SpanExporter } from './exporting-tracing.js';
import type { Span } from './span.js';

/** Takes batches when it is told to. */
class HeldExporter implements SpanExporter {
  readonly batches: { readonly names: readonly string[]; readonly take: () => void; readonly refuse: () => void }[] =
    [];
  isClosed = false;

  export(spans: readonly Span[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const names = spans.map(({ name }) => name);
      this.batches.push({ names, take: resolve, refuse: () => reject(new Error('gone')) });
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

beforeEach(() => {
  jest.useFakeTimers({ now: 0, doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

function setup(options: Partial<ExportingOptions> = {}) {
  const exporter = new HeldExporter();
  let dropped = 0;
  let made = 0;
  const tracing = new ExportingTracing(
    { sampleRatio: 1, queue: 5, batch: 3, delayMs: 1_000, ...options },
    () => {
      made += 1;
      return Promise.resolve(exporter);
    },
    (spans) => (dropped += spans),
    Log.create('silent', 'test'),
  );
  const record = (...names: readonly string[]) => names.forEach((name) => tracing.record(aSpan(name)));
  return { tracing, exporter, record, dropped: () => dropped, made: () => made };
}

function aSpan(name: string): Span {
  const context = { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
  return { name, kind: 'internal', context, startMs: 0, endMs: 0, attributes: {} };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('ExportingTracing', () => {
  it('hands spans over once they have waited, and makes its exporter no sooner', async () => {
    const { exporter, record, made } = setup();
    record('a', 'b');
    await jest.advanceTimersByTimeAsync(999);
    expect(made()).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(exporter.batches.map(({ names }) => names)).toEqual([['a', 'b']]);
  });

  it('hands over one full batch after another, with a pause between them and one at a time', async () => {
    const { exporter, record } = setup({ queue: 10 });
    record('a', 'b', 'c', 'd', 'e', 'f');
    await jest.advanceTimersByTimeAsync(500);
    expect(exporter.batches.map(({ names }) => names)).toEqual([['a', 'b', 'c']]);
    exporter.batches[0]?.take();
    await jest.advanceTimersByTimeAsync(99);
    expect(exporter.batches).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(exporter.batches[1]?.names).toEqual(['d', 'e', 'f']);
  });

  it('keeps as many as it has room for while the collector hangs, and counts the others', async () => {
    const { exporter, record, dropped } = setup();
    record('a', 'b', 'c');
    await jest.advanceTimersByTimeAsync(100);
    record('d', 'e', 'f', 'g', 'h', 'i', 'j');
    expect(dropped()).toBe(2);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(exporter.batches).toHaveLength(1);
    exporter.batches[0]?.take();
    await jest.advanceTimersByTimeAsync(100);
    expect(exporter.batches[1]?.names).toEqual(['d', 'e', 'f']);
  });

  it('counts what the collector refuses, and goes on', async () => {
    const { exporter, record, dropped } = setup();
    record('a', 'b');
    await jest.advanceTimersByTimeAsync(1_000);
    exporter.batches[0]?.refuse();
    await turn();
    expect(dropped()).toBe(2);
    record('c');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(exporter.batches[1]?.names).toEqual(['c']);
  });

  it('hands over all that is left when it is closed, and takes nothing more', async () => {
    const { tracing, exporter, record, dropped } = setup();
    record('a', 'b', 'c', 'd');
    const closed = tracing.close(10_000);
    await jest.advanceTimersByTimeAsync(0);
    exporter.batches[0]?.take();
    await jest.advanceTimersByTimeAsync(0);
    exporter.batches[1]?.take();
    await closed;
    expect(exporter.batches.map(({ names }) => names)).toEqual([['a', 'b', 'c'], ['d']]);
    record('late');
    expect(dropped()).toBe(1);
    await turn();
    expect(exporter.isClosed).toBe(true);
  });

  it('waits for a collector that hangs no longer than it is given, and counts what is left', async () => {
    const { tracing, record, dropped } = setup();
    record('a', 'b', 'c', 'd');
    const closed = tracing.close(2_000);
    await jest.advanceTimersByTimeAsync(2_000);
    await closed;
    expect(dropped()).toBe(4);
  });

  it('samples the share that it is given', () => {
    expect(setup({ sampleRatio: 0 }).tracing.samples()).toBe(false);
    expect(setup({ sampleRatio: 1 }).tracing.samples()).toBe(true);
  });
});
