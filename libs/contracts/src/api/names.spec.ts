import { describe, expect, it } from '@jest/globals';
import { AskedEventType, Instant, TimeIn } from './names.js';

describe('TimeIn', () => {
  it.each(['0001-01-01T00:00:00Z', '2026-01-31T12:00:00+05:30', '9999-12-31T23:59:59.999Z'])(
    'takes %s, which can be told again',
    (text) => {
      const time = TimeIn.parse(text);
      expect(time).toEqual(new Date(text));
      expect(Instant.safeParse(time.toISOString()).success).toBe(true);
    },
  );

  it.each(['0000-06-01T00:00:00Z', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01'])(
    'refuses %s, whose year has other than four digits in UTC, or is none',
    (text) => {
      expect(TimeIn.safeParse(text).error?.issues).toEqual([
        expect.objectContaining({ message: 'lies outside the years 0001 to 9999 in UTC' }),
      ]);
    },
  );

  it('tells of a text that is no time once', () => {
    expect(TimeIn.safeParse('yesterday').error?.issues).toEqual([
      expect.objectContaining({ message: 'is no time of the form 2026-01-31T12:00:00Z' }),
    ]);
  });
});

describe('AskedEventType', () => {
  it('tells of wildcards only where there are too many', () => {
    const faults = (text: string) => AskedEventType.safeParse(text).error?.issues.map(({ message }) => message);
    expect(faults('message sent')).toEqual([expect.stringContaining('may hold letters')]);
    expect(faults('x'.repeat(257))).toEqual([expect.stringContaining('Too big')]);
    expect(faults('*'.repeat(9))).toEqual(['has more than 8 wildcards']);
    expect(faults('*.*')).toBeUndefined();
  });
});
