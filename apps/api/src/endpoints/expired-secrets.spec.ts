import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Log } from '@signpost/observability';
import type { EndpointStore } from '@signpost/ports';
import { ExpiredSecrets } from './expired-secrets.js';

describe('secrets that sign no more', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const working = (...counts: readonly (number | Error)[]) => {
    const left = [...counts];
    const forget = jest.fn(() => {
      const next = left.shift() ?? 0;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    });
    const store = { forgetExpiredSecrets: forget } as unknown as EndpointStore;
    return { forget, service: new ExpiredSecrets(store, Log.create('silent', 'test')) };
  };

  it('are forgotten until none is left', async () => {
    const { forget, service } = working(1_000, 3, 0);
    await service.forget();
    expect(forget).toHaveBeenCalledTimes(3);
  });

  it('wait for the next round while the database is away', async () => {
    const { forget, service } = working(new Error('away'), 1);
    service.start(1_000);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(forget).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(forget).toHaveBeenCalledTimes(3);
    await service.onApplicationShutdown();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(forget).toHaveBeenCalledTimes(3);
  });
});
