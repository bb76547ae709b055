import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asksForType, isAskedType, typePattern } from './event-type-pattern.js';

/** As the pattern reads: each wildcard any run of characters. Slow, and right. */
function fits(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) return fits(pattern.slice(1), text) || (text !== '' && fits(pattern, text.slice(1)));
  return text.startsWith(pattern.slice(0, 1)) && fits(pattern.slice(1), text.slice(1));
}

describe('an event type as it is asked for', () => {
  it.each([
    ['message.*', 'message.sent', true],
    ['message.*', 'message.attempt.exhausted', true],
    ['message.*', 'messages.sent', false],
    ['message.*', 'message', false],
    ['*.failed', 'message.failed', true],
    ['*.failed', 'failed', false],
    ['action.*.out', 'action.timed.out', true],
    ['*', 'anything.at.all', true],
    ['**', 'a', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*b', 'abab', true],
    ['lead', 'lead.captured', false],
  ])('%s and %s: %s', (asked, eventType, expected) => {
    expect(asksForType([asked], eventType)).toBe(expected);
  });

  it('is read as any other reader of wildcards would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, letters, (asked, eventType) => {
        expect(typePattern(asked)(eventType)).toBe(fits(asked, eventType));
      }),
    );
  });

  it('has a name’s characters, and few wildcards', () => {
    expect(['a', 'a.*', '*', '*.*.*.*.*.*.*.*'].every(isAskedType)).toBe(true);
    expect(['', 'a b', 'é', 'a?', '[a]', '*'.repeat(9), 'a'.repeat(257)].some(isAskedType)).toBe(false);
  });
});
