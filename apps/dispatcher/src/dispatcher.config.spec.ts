import { describe, expect, it } from '@jest/globals';
import { loadDispatcherConfig, OVERHEAD_BYTES } from './dispatcher.config.js';

describe("the dispatcher's settings", () => {
  it('let slow endpoints fill less than half of what may be unfinished, however small their deliveries', () => {
    const { queueBytes, consumerBytes, consumerRecords } = loadDispatcherConfig({});
    const most = queueBytes * 1.25;
    expect(consumerBytes / 2).toBeGreaterThan(most);
    expect(consumerRecords / 2).toBeGreaterThan(most / OVERHEAD_BYTES);
  });

  it('say which of them is wrong', () => {
    expect(() => loadDispatcherConfig({ DISPATCHER_MAX_IN_FLIGHT: 'many' })).toThrow('DISPATCHER_MAX_IN_FLIGHT');
  });

  it('warn and disable after as much time as they say', () => {
    expect(loadDispatcherConfig({}).failing).toEqual({
      disableAfterMs: 432_000_000,
      warnAtPercent: [50, 70, 90],
      leastAttempts: 5,
    });
    expect(loadDispatcherConfig({ DISPATCHER_WARN_AT_PERCENT: '80,20,80' }).failing.warnAtPercent).toEqual([20, 80]);
    expect(() => loadDispatcherConfig({ DISPATCHER_WARN_AT_PERCENT: '50,100' })).toThrow('DISPATCHER_WARN_AT_PERCENT');
  });
});
