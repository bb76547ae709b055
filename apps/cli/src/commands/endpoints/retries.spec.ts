import { describe, expect, it } from '@jest/globals';
import { parseRetries, shownRetries } from './retries.js';

describe('the waits between attempts', () => {
  it.each([
    ['fast', { retryPreset: 'fast' }],
    ['none', { retrySchedule: [] }],
    ['5s', { retrySchedule: [5] }],
    ['1s, 1500ms,2m,1d', { retrySchedule: [1, 1.5, 120, 86_400] }],
  ])('%j are understood', (text, retries) => {
    expect(parseRetries(text)).toEqual(retries);
  });

  it.each(['5', 'quick', '10ms', '5s,soon', 'fast,5s'])('%j is refused, with what may stand there', (text) => {
    expect(() => parseRetries(text)).toThrow(/such as 5s,1m,2h, one of standard, classic, fast, or none/);
  });

  it('are shown as they are given', () => {
    expect(shownRetries([5, 300, 7_200])).toBe('5s, 5m, 2h');
    expect(shownRetries([])).toBe('none');
  });
});
