import type { ContentFilter } from './content-filter.js';
import { EndpointFilters, type FilterVerdict } from './endpoint-filters.js';
import { FilterSubject, type FilteredMessage } from './filter-subject.js';

export const ACCEPTED_MS = Date.parse('2026-03-09T14:05:12.480Z');

export function aMessage(data: unknown, fields: Partial<FilteredMessage> = {}): FilteredMessage {
  return {
    id: 'msg_1',
    eventType: 'rating.submitted',
    acceptedAtMs: ACCEPTED_MS,
    payload: Buffer.from(JSON.stringify({ type: 'rating.submitted', timestamp: '2026-03-09T14:05:12Z', data })),
    ...fields,
  };
}

export const verdictOf = (filter: ContentFilter, message: FilteredMessage): FilterVerdict =>
  new EndpointFilters([filter]).verdict(new FilterSubject(message));

export const whyNot = (filter: ContentFilter, message: FilteredMessage): string | undefined =>
  new EndpointFilters([filter]).whyNot(new FilterSubject(message));
