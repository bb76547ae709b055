import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LEASE_MS, Leases } from './leases.js';

describe('Leases', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('renew what is held for longer, well before it is lost, also after a failure, and nothing that has ended', () => {
    const renewed: (readonly string[])[] = [];
    const leases = new Leases<string>((items) => {
      renewed.push(items);
      return Promise.reject(new Error('no database'));
    });
    leases.hold('a', 'A');
    jest.advanceTimersByTime(LEASE_MS / 2);
    expect(renewed).toEqual([['A'], ['A']]);
    leases.hold('b', 'B');
    leases.end('a');
    jest.advanceTimersByTime(LEASE_MS / 4);
    expect(renewed.slice(2)).toEqual([['B']]);
  });

  it('leave no timer behind', () => {
    const leases = new Leases<string>(() => Promise.resolve());
    leases.hold('a', 'A');
    leases.end('a');
    jest.advanceTimersByTime(LEASE_MS);
    expect(jest.getTimerCount()).toBe(0);
    leases.hold('a', 'A');
    expect(jest.getTimerCount()).toBe(1);
  });
});
