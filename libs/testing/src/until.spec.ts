import { describe, expect, it } from '@jest/globals';
import { until } from './until.js';

describe('until', () => {
  it('returns what the condition came to', async () => {
    let calls = 0;
    const value = await until(() => ((calls += 1) < 3 ? undefined : calls), {
      timeoutMs: 5_000,
      what: 'three',
      everyMs: 1,
    });
    expect(value).toBe(3);
  });

  it('takes zero and the empty string for values', async () => {
    expect(await until(() => 0, { timeoutMs: 100, what: 'zero' })).toBe(0);
    expect(await until(() => '', { timeoutMs: 100, what: 'nothing' })).toBe('');
  });

  it('names what did not come, and the last error', async () => {
    const failing = () => {
      throw new Error('connection refused');
    };
    await expect(until(failing, { timeoutMs: 20, what: 'the broker', everyMs: 1 })).rejects.toThrow(
      'timed out after 20 ms waiting for the broker (last error: connection refused)',
    );
    await expect(until(() => false, { timeoutMs: 20, what: 'the sun', everyMs: 1 })).rejects.toThrow(
      /waiting for the sun$/,
    );
  });

  it('does not wait once an error cannot heal', async () => {
    const fatal = new RangeError('gone for good');
    const waiting = until(() => Promise.reject(fatal), {
      timeoutMs: 60_000,
      what: 'anything',
      giveUpOn: (error) => error instanceof RangeError,
    });
    await expect(waiting).rejects.toBe(fatal);
  });
});
