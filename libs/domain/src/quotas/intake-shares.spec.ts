import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IntakeShares, shareOfQuota, type IntakeRates } from './intake-shares.js';

const TICK_MS = 500;
const APPLICATION = 'app';

/** Processes that tell each other once in a tick, and hear it in the next. */
class Processes {
  private readonly all: { readonly shares: IntakeShares; owed: number }[];
  private told: readonly IntakeRates[] = [];
  private nowMs = 1_000_000;
  /** Within the quota, and all. */
  within = 0;
  taken = 0;

  constructor(
    count: number,
    private readonly quota: number,
  ) {
    this.all = Array.from({ length: count }, () => ({ shares: new IntakeShares(), owed: 0 }));
  }

  /** `loads`: messages a second at each process. */
  run(loads: readonly number[], seconds: number): this {
    for (let tick = 0; tick < (seconds * 1_000) / TICK_MS; tick += 1) this.tick(loads);
    return this;
  }

  measure(loads: readonly number[], seconds: number): number {
    this.within = 0;
    this.taken = 0;
    this.run(loads, seconds);
    return this.within / seconds;
  }

  private tick(loads: readonly number[]): void {
    this.all.forEach((process, index) => {
      process.owed += ((loads[index] ?? 0) * TICK_MS) / 1_000;
      const count = Math.floor(process.owed);
      process.owed -= count;
      for (let number = 0; number < count; number += 1) {
        this.taken += 1;
        const atMs = this.nowMs + (number * TICK_MS) / count;
        if (process.shares.take(APPLICATION, this.quota, atMs)) this.within += 1;
      }
    });
    this.nowMs += TICK_MS;
    for (const { shares } of this.all)
      this.told.forEach((rates, from) => {
        if (this.all[from]?.shares !== shares) shares.hear(String(from), rates, this.nowMs);
      });
    this.told = this.all.map(({ shares }) => shares.roll(this.nowMs));
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const someLoads = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 });
const someQuota = fc.integer({ min: 20, max: 300 });

function expectHeld(rate: number, quota: number, loads: readonly number[]): void {
  const all = sum(loads);
  expect(rate).toBeLessThanOrEqual(quota * 1.2);
  expect(rate).toBeGreaterThanOrEqual(Math.min(all, quota) * 0.8 - 1);
}

describe('shareOfQuota', () => {
  it('adds up to the quota over all processes that want more', () => {
    fc.assert(
      fc.property(someQuota, someLoads, (quota, parts) => {
        const loads = parts.map((part) => part * quota);
        const all = sum(loads);
        const allowed = loads.map((own) => Math.min(own, shareOfQuota(quota, own, all - own)));
        expect(sum(allowed)).toBeCloseTo(Math.min(quota, all), 6);
      }),
    );
  });
});

describe('IntakeShares', () => {
  it('hold the quota within a fifth over any number of processes, however the load is split and changes', () => {
    fc.assert(
      fc.property(
        someQuota,
        someLoads,
        fc.infiniteStream(fc.double({ min: 0, max: 3, noNaN: true })),
        (quota, parts, stream) => {
          const before = parts.map((part) => part * quota);
          const after = parts.map(() => (stream.next().value ?? 1) * quota);
          const processes = new Processes(parts.length, quota).run(before, 6);
          expectHeld(processes.measure(before, 20), quota, before);
          processes.run(after, 6);
          expectHeld(processes.measure(after, 20), quota, after);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are exact in a single process: the quota, and a second of it at once', () => {
    const processes = new Processes(1, 100).run([1_000], 10);
    expect([processes.within, processes.taken]).toEqual([100 + 1_000 - 1, 10_000]);
  });

  it('let everything through below the quota, though it comes to one process in bursts', () => {
    const shares = new IntakeShares();
    for (let second = 0; second < 10; second += 1) {
      for (let number = 0; number < 90; number += 1) expect(shares.take('a', 100, second * 1_000)).toBe(true);
      shares.roll(second * 1_000 + 500);
      shares.roll(second * 1_000 + 1_000);
    }
  });

  it('take a process that fell silent for gone', () => {
    const shares = new IntakeShares();
    const rateOver = (fromMs: number, toMs: number): number => {
      let within = 0;
      for (let atMs = fromMs; atMs < toMs; atMs += 1) {
        if (shares.take('a', 100, atMs)) within += 1;
        if (atMs % TICK_MS === 0) shares.roll(atMs);
      }
      return (within / (toMs - fromMs)) * 1_000;
    };
    shares.hear('other', new Map([['a', 1_000]]), 0);
    shares.take('a', 100, 0);
    expect(rateOver(1_000, 3_000)).toBeLessThan(60);
    rateOver(3_000, 5_000);
    expect(rateOver(5_000, 9_000)).toBeCloseTo(100, -1);
  });

  it('remember after a rest nothing of who was heard before it', () => {
    const shares = new IntakeShares();
    shares.hear('other', new Map([['a', 1_000]]), 0);
    const within = Array.from({ length: 100 }, () => shares.take('a', 100, 10_000));
    expect(within).not.toContain(false);
  });

  it('tell what is notable and forget what is silent', () => {
    const shares = new IntakeShares();
    shares.roll(0);
    for (let number = 0; number < 100; number += 1) {
      shares.take('busy', 100, 0);
      if (number === 0) shares.take('calm', 100, 0);
    }
    expect([...shares.roll(500).keys()]).toEqual(['busy']);
    for (let tick = 2; tick <= 5; tick += 1) shares.roll(tick * 500);
    expect([shares.isIdle, shares.roll(3_000).size]).toEqual([true, 0]);
  });
});
