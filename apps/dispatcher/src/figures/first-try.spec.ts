import { describe, expect, it } from '@jest/globals';
import { isFirstTry } from './first-try.js';

describe('isFirstTry', () => {
  it.each([
    [true, { attempt: 1 }],
    [false, { attempt: 2 }],
    [false, { attempt: 1, redelivery: { number: 1, attemptsBefore: 0 } }],
    [false, { attempt: 1, isOverQuota: true as const }],
  ])('is %s of %j', (is, delivery) => {
    expect(isFirstTry(delivery)).toBe(is);
  });
});
