import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from './deadline.js';

describe('Deadline', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const started = (...ats: readonly number[]) => {
    const expired = jest.fn();
    const deadline = new Deadline(expired);
    const from = performance.now();
    for (const at of ats) deadline.set(from + at);
    return { deadline, expired, from };
  };

  it.each([
    ['the only one', [100], 100],
    ['a later one in its place', [100, 500], 500],
    ['an earlier one in its place', [500, 100], 100],
    ['the last of many', [100, 900, 300], 300],
  ])('keeps %s', (_what, ats, due) => {
    const { expired } = started(...ats);
    jest.advanceTimersByTime(due - 1);
    expect(expired).not.toHaveBeenCalled();
    jest.advanceTimersByTime(5);
    expect(expired).toHaveBeenCalledTimes(1);
  });

  it('does nothing once it is cleared, even while it is about to expire', () => {
    const { deadline, expired } = started(100);
    deadline.clear();
    jest.advanceTimersByTime(1_000);
    expect(expired).not.toHaveBeenCalled();
    const other = started(100);
    // The timer has fired, and what lies in the sockets is read first.
    jest.advanceTimersToNextTimer();
    other.deadline.clear();
    jest.runAllTimers();
    expect(other.expired).not.toHaveBeenCalled();
  });
});
