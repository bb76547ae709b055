import { describe, expect, it } from '@jest/globals';
import { RecentKeys } from './recent-keys.js';

const MINUTE = 60_000;
const START = 10 * MINUTE;

describe('RecentKeys', () => {
  it('counts each key once, as good once anything good was heard of it', () => {
    const keys = new RecentKeys(100, MINUTE, START);
    keys.note('a', false);
    keys.note('a', true);
    keys.note('a', false);
    keys.note('b', false);
    keys.note('b', false);
    expect(keys.count()).toEqual({ good: 1, bad: 1 });
  });

  it('knows those of the span before as well, and none of earlier ones', () => {
    const keys = new RecentKeys(100, MINUTE, START);
    keys.note('a', true);
    keys.note('b', false);
    keys.roll(START + MINUTE - 1);
    keys.roll(START + MINUTE);
    keys.note('a', false);
    keys.note('c', false);
    expect(keys.count()).toEqual({ good: 1, bad: 2 });
    keys.roll(START + 2 * MINUTE);
    expect(keys.count()).toEqual({ good: 0, bad: 2 });
    keys.note('d', true);
    keys.roll(START + 9 * MINUTE);
    expect(keys.count()).toEqual({ good: 0, bad: 0 });
  });

  it('keeps no more keys than it may, and goes on hearing of those', () => {
    const keys = new RecentKeys(10, MINUTE, START);
    for (let key = 0; key < 1_000; key += 1) keys.note(String(key), false);
    expect(keys.count()).toEqual({ good: 0, bad: 10 });
    for (let key = 0; key < 1_000; key += 1) keys.note(String(key), true);
    expect(keys.count()).toEqual({ good: 10, bad: 0 });
  });
});
