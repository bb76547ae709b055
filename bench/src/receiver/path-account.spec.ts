import { describe, expect, it } from '@jest/globals';
import { Histogram } from '../measure/histogram.js';
import { PathAccount, sumOf } from './path-account.js';

const stamp = (sequence: number, atMicros = 0) => ({ run: 1, sequence, atMicros });

describe('PathAccount', () => {
  it('counts a delivery once, and its repeats apart', () => {
    const account = new PathAccount({ kind: 'quick' });
    for (const sequence of [0, 1, 1, 9_000]) {
      expect(account.arrived(stamp(sequence), 500)).toMatchObject({ status: 200 });
      account.answered(sequence, 200, 500);
    }
    expect(account.stats()).toMatchObject({ requests: 4, delivered: 3, repeats: 1 });
    expect(account.missing(4)).toEqual([2, 3]);
  });

  it('refuses the first attempts and measures how long each took to return', () => {
    const account = new PathAccount({ kind: 'fail-first', times: 1, status: 503 });
    expect(account.arrived(stamp(0, 100), 300)).toMatchObject({ status: 503 });
    account.answered(0, 503, 300);
    expect(account.missing(1)).toEqual([0]);
    expect(account.arrived(stamp(0, 100), 1_300)).toMatchObject({ status: 200 });
    account.answered(0, 200, 1_300);
    const stats = account.stats();
    expect(Histogram.of(stats.returning).percentile(50)).toBe(1_000);
    expect(Histogram.of(stats.latency).percentile(100)).toBe(200);
    expect(stats).toMatchObject({ delivered: 1, repeats: 0 });
  });

  it('forgets times and keeps the account', () => {
    const account = new PathAccount({ kind: 'quick' });
    account.arrived(stamp(0), 10);
    account.answered(0, 200, 10);
    account.forgetTimes();
    expect(Histogram.of(account.stats().latency).total).toBe(0);
    expect(account.delivered).toBe(1);
  });

  it('adds accounts up', () => {
    const [a, b] = [new PathAccount({ kind: 'quick' }), new PathAccount({ kind: 'quick' })];
    for (const account of [a, b]) {
      account.arrived(stamp(0), 10);
      account.answered(0, 200, 10);
    }
    b.arrived(stamp(0), 20);
    b.answered(0, 200, 20);
    const sum = sumOf([a.stats(), b.stats()]);
    expect(sum).toMatchObject({ requests: 3, delivered: 2, repeats: 1 });
    expect(Histogram.of(sum.latency).total).toBe(2);
  });
});
