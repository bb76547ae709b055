import { describe, expect, it } from '@jest/globals';
import { ValidationError } from '@signpost/runtime';
import fc from 'fast-check';
import { recoveryWindow } from './recovery-window.js';

const NOW = new Date('2026-01-20T12:00:00Z');
const at = (days: number, minutes = 0): Date => new Date(NOW.getTime() - days * 86_400_000 - minutes * 60_000);

describe('the window of a recovery', () => {
  it.each([
    ['ends now unless it says when', { since: at(3) }, { since: at(3), until: NOW }],
    ['ends now when it says null', { since: at(3), until: null }, { since: at(3), until: NOW }],
    ['ends now at the latest', { since: at(3), until: at(-1) }, { since: at(3), until: NOW }],
    ['ends when it says', { since: at(3), until: at(2) }, { since: at(3), until: at(2) }],
    ['may begin two weeks ago by another clock', { since: at(14, 4) }, { since: at(14, 4), until: NOW }],
    ['is empty when it begins now by another clock', { since: at(0, -4) }, { since: at(0, -4), until: at(0, -4) }],
  ])('%s', (_, asked, window) => {
    expect(recoveryWindow(asked, NOW)).toEqual(window);
  });

  it.each([
    ['too long ago', { since: at(14, 6) }, 'since'],
    ['in the future', { since: at(0, -6) }, 'since'],
    ['after its end', { since: at(2), until: at(3) }, 'until'],
    ['at its end', { since: at(2), until: at(2) }, 'until'],
  ])('is refused when it begins %s, naming the field', (_, asked, field) => {
    try {
      recoveryWindow(asked, NOW);
      throw new Error('was accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(ValidationError);
      expect((error as ValidationError).faults).toMatchObject([{ loc: ['body', field], type: 'value_error' }]);
    }
  });

  it('never reaches beyond now, by more than the clocks may differ', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -20_000, max: 30_000 }),
        fc.option(fc.integer({ min: -20_000, max: 30_000 })),
        (since, until) => {
          try {
            const window = recoveryWindow({ since: at(0, since), until: until === null ? null : at(0, until) }, NOW);
            expect(window.until.getTime()).toBeLessThanOrEqual(NOW.getTime() + 300_000);
            expect(window.since.getTime()).toBeLessThanOrEqual(window.until.getTime());
          } catch (error) {
            expect(error).toBeInstanceOf(ValidationError);
          }
        },
      ),
    );
  });
});
