import type { JsonObject } from './components.js';

export const FILTERS_EXAMPLE = [{ json: { data: { score: { $lte: 2 } } } }];

const clause = 'json data.score $lte 2: is 4';

/** By component. */
export const FILTER_EXAMPLES: Readonly<Record<string, JsonObject>> = {
  FilterTryIn: { filters: FILTERS_EXAMPLE, limit: 50 },
  FilterTryOut: {
    tried: 50,
    matched: 49,
    summary: 'It would have matched 49 of the last 50 messages.',
    messages: [
      {
        id: 'msg_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
        eventType: 'rating.submitted',
        timestamp: '2026-03-09T14:05:12.480Z',
        matched: false,
        rule: { kind: 'filter', text: `The message does not fit its filters: ${clause}.`, clause },
      },
    ],
  },
};
