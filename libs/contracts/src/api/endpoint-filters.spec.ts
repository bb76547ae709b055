import { describe, expect, it } from '@jest/globals';
import { FilterTryIn } from './endpoint-filters.js';

const messages = (error: { readonly issues: readonly { readonly message: string }[] } | undefined) =>
  error?.issues.map(({ message }) => message);

describe('a fault says what is wanted', () => {
  it.each([{}, { sql: 'a = 1' }, { json: { data: 1 }, cel: 'true' }, 'data.score > 1', { cel: 5 }])(
    'of the filter %j',
    (filter) => {
      expect(messages(FilterTryIn.safeParse({ filters: [filter] }).error)).toEqual([
        'is an object with "json" (a pattern) or "cel" (a condition), and nothing else',
      ]);
    },
  );

  it('of a misspelt name, by which the endpoint’s own filters would be tried', () => {
    expect(messages(FilterTryIn.safeParse({ filter: [{ cel: 'true' }] }).error)).toEqual([
      'Unrecognized key: "filter"',
    ]);
  });
});
