import { describe, expect, it } from '@jest/globals';
import { ValidationError } from '@signpost/runtime';
import { accountWindow } from './account-window.js';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('the window of an account', () => {
  it('is the last hour, unless it is given', () => {
    expect(accountWindow({}, NOW)).toEqual({ since: new Date('2026-03-01T11:00:00Z'), until: NOW });
    const since = new Date('2026-03-01T02:00:00Z');
    expect(accountWindow({ since }, NOW)).toEqual({ since, until: NOW });
    expect(accountWindow({ until: since }, NOW)).toEqual({ since: new Date('2026-03-01T01:00:00Z'), until: since });
  });

  it('is refused when it is too long, or ends before it begins', () => {
    const day = new Date('2026-02-28T11:59:59Z');
    expect(() => accountWindow({ since: day }, NOW)).toThrow(ValidationError);
    expect(() => accountWindow({ since: NOW, until: day }, NOW)).toThrow(ValidationError);
    expect(() => accountWindow({ since: NOW }, NOW)).toThrow(ValidationError);
  });
});
