import { describe, expect, it } from '@jest/globals';
import { growthOf } from './growth.js';

describe('growthOf', () => {
  it('sets the last quarter beside the first, a single peak apart', () => {
    expect(growthOf([1, 1, 90, 5, 5, 5, 5, 5, 5, 2, 2, 80])).toEqual({ first: 1, last: 2 });
  });

  it('tells nothing of too few values', () => {
    expect(growthOf([1, 2, 3])).toEqual({ first: Number.NaN, last: Number.NaN });
  });
});
