import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from './pace.js';

describe('Pace', () => {
  it('never holds back what comes no faster than its spacing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 3, max: 50 })), (gaps) => {
        const pace = new Pace(3);
        let now = 0;
        for (const gap of gaps) expect(pace.next((now += gap))).toBe(0);
      }),
    );
  });

  it('lets through a burst, and then one for each spacing, however eager', () => {
    const pace = new Pace(3);
    let now = 1_000;
    let sent = 0;
    for (; now < 2_000; sent++) now += pace.next(now);
    expect(sent).toBeGreaterThan(1_000 / 3);
    expect(sent).toBeLessThanOrEqual(1_000 / 3 + 22);
  });
});
