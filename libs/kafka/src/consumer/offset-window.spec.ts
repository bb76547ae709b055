import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_SPAN, OffsetWindow } from './offset-window.js';

/** What the window promises, said as simply as possible. */
class NaiveWindow {
  readonly log: number[] = [];
  readonly open = new Set<number>();
  constructor(private next: number) {}

  append(gap: number): number {
    const offset = this.next + gap;
    this.next = offset + 1;
    this.log.push(offset);
    this.open.add(offset);
    return offset;
  }

  get committable(): number {
    return Math.min(...this.open, this.next);
  }
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('receive' as const), gap: fc.constantFrom(0, 0, 0, 1, 40) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('done' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
  ),
  { maxLength: 300 },
);

describe('OffsetWindow', () => {
  it('never commits past an unfinished record, and after a restore hands out exactly what is not done', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), steps, (start, taken) => {
        const model = new NaiveWindow(start);
        let window = new OffsetWindow(start);
        for (const step of taken) {
          if (step.kind === 'receive') {
            expect(window.receive(model.append(step.gap))).toBe(true);
          } else if (step.kind === 'done') {
            const offset = model.log[step.which % Math.max(1, model.log.length)] ?? start;
            expect(window.done(offset)).toBe(model.open.delete(offset));
          } else {
            const metadata = window.metadata();
            window = new OffsetWindow(window.committable, metadata);
            const again = model.log.filter((offset) => offset >= window.committable);
            expect(again.filter((offset) => window.receive(offset))).toEqual([...model.open].sort((a, b) => a - b));
          }
          expect(window.committable).toBe(model.committable);
          expect(window.unfinished).toBe(model.open.size);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('swallows what it knows already', () => {
    const window = new OffsetWindow(10);
    expect([10, 11, 12].map((offset) => window.receive(offset))).toEqual([true, true, true]);
    window.done(11);
    expect([10, 11, 12, 13].map((offset) => window.receive(offset))).toEqual([false, false, false, true]);
    expect(window.done(14)).toBe(false);
  });

  it('lets go of restored records that the log no longer has', () => {
    const before = new OffsetWindow(0);
    for (let offset = 0; offset < 10; offset++) before.receive(offset);
    for (const offset of [1, 2, 9]) before.done(offset);
    const window = new OffsetWindow(before.committable, before.metadata());
    expect(window.receive(6)).toBe(true);
    expect(window.committable).toBe(6);
    expect(window.unfinished).toBe(1);
  });

  it('goes past the end of a batch that holds no records', () => {
    const window = new OffsetWindow(5);
    window.readTo(9);
    expect([window.committable, window.next]).toEqual([9, 9]);
    window.receive(9);
    window.readTo(20);
    expect([window.committable, window.next]).toEqual([9, 20]);
    window.done(9);
    window.receive(20);
    expect(window.committable).toBe(20);
  });

  it('holds a million offsets behind one unfinished record and no more, whatever their distance', () => {
    const window = new OffsetWindow(0);
    window.receive(0);
    expect(window.accepts(MAX_SPAN - 1)).toBe(true);
    expect(window.accepts(MAX_SPAN)).toBe(false);
    window.receive(MAX_SPAN - 1);
    window.done(MAX_SPAN - 1);
    expect(window.committable).toBe(0);
    window.done(0);
    expect(window.committable).toBe(MAX_SPAN);
    expect(window.accepts(10 * MAX_SPAN)).toBe(true);
  });

  it.each([5_000, 200_000])('fits %i scattered offsets into the metadata, claiming less rather than more', (count) => {
    const window = new OffsetWindow(0);
    for (let offset = 0; offset < count; offset++) window.receive(offset);
    for (let offset = 1; offset < count; offset += 2) window.done(offset);
    const metadata = window.metadata();
    expect(metadata.length).toBeLessThanOrEqual(4_096);
    const restored = new OffsetWindow(window.committable, metadata);
    let skipped = 0;
    for (let offset = 0; offset < count; offset++) if (!restored.receive(offset)) skipped++;
    expect(skipped).toBeGreaterThan(1_000);
    expect(restored.unfinished).toBe(count - skipped);
  });

  it.each(['', 'v2:AAAA', 'v1:////', 'v1://///////////w==', 'somebody else'])(
    'takes nothing from the text %j',
    (text) => {
      const window = new OffsetWindow(7, text);
      expect([7, 8, 9].map((offset) => window.receive(offset))).toEqual([true, true, true]);
    },
  );
});
