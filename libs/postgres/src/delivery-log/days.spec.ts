import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '@signpost/domain';
import { dayOf, dayOfPartition, daysNeeded, deliveryRange, isExpired, LOG_TABLES, type LogTable } from './days.js';

const TABLES = Object.keys(LOG_TABLES) as LogTable[];
const times = fc.integer({ min: 0, max: Date.parse('2400-01-01') });

describe('the days of the delivery log', () => {
  it('hold exactly the ids that were made in them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TABLES), times, times, (table, dayMs, idMs) => {
        const day = dayOf(table, dayMs);
        const id = newId(LOG_TABLES[table].prefix, idMs);
        const isInside = id >= day.from && id < day.to;
        expect(isInside).toBe(Math.floor(dayMs / 86_400_000) === Math.floor(idMs / 86_400_000));
      }),
    );
  });

  it('follow each other without a gap', () => {
    const days = daysNeeded('attempts', Date.parse('2026-02-27T13:00:00Z'), 3);
    expect(days.map(({ partition }) => partition)).toEqual([
      'attempts_20260226',
      'attempts_20260227',
      'attempts_20260228',
      'attempts_20260301',
      'attempts_20260302',
    ]);
    for (const [index, day] of days.entries()) if (index > 0) expect(day.from).toBe(days[index - 1]?.to);
  });

  it('are known by their partition, and nothing else is taken for one', () => {
    expect(dayOfPartition('attempts', 'attempts_20260301')).toBe(Date.parse('2026-03-01'));
    for (const name of ['attempts_other', 'attempts_20261399', 'deliveries_20260301', 'attempts_20260301_old']) {
      expect(dayOfPartition('attempts', name)).toBeUndefined();
    }
  });

  it('expire once all that they hold is older than the retention', () => {
    const start = Date.parse('2026-01-01');
    expect(isExpired(start, Date.parse('2026-01-31T23:59:59.999Z'), 30)).toBe(false);
    expect(isExpired(start, Date.parse('2026-02-01'), 30)).toBe(true);
  });

  it("have a message's deliveries side by side", () => {
    const range = deliveryRange(newId('msg', 1_000));
    expect(range).toEqual(deliveryRange(newId('msg', 1_000)));
    expect(deliveryRange('msg_short')).toBeUndefined();
    const id = newId('dlv', 1_000);
    expect(id >= (range?.from ?? '') && id < (range?.to ?? '')).toBe(true);
  });
});
