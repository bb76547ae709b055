import { AppError } from '../errors.js';

/** One of an endpoint's filters by content. An endpoint gets the messages that fit all of them. */
export type ContentFilter = { readonly json: Readonly<Record<string, unknown>> } | { readonly cel: string };

export const MOST_FILTERS = 10;
/** Of all of an endpoint's filters together, as JSON. */
export const MOST_FILTER_CHARACTERS = 8_192;

/** Where in a filter, from its list on: [0, 'json', 'data', 'score']. */
export type FilterPlace = readonly (string | number)[];

/** A filter that is not taken, and why. */
export class FilterRefusedError extends AppError {
  constructor(
    readonly code:
      'filter_syntax' | 'filter_operator' | 'filter_operand' | 'filter_field' | 'filter_size' | 'filter_unknown',
    readonly place: FilterPlace,
    reason: string,
  ) {
    super(reason, { place });
  }
}
