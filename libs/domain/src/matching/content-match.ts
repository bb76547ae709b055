import type { Endpoint } from '../control/control-state.js';
import { FAILURE_TEXTS, filtersOf, type FilterVerdict } from '../filters/endpoint-filters.js';
import type { ContentFilter } from '../filters/content-filter.js';
import { FilterSubject, type FilteredMessage } from '../filters/filter-subject.js';
import { mismatchOf, type Asking, type MatchableMessage, type Mismatch } from './matches.js';

/** What of an endpoint says which messages it asks for. */
export type AskingContent = Asking & Pick<Endpoint, 'filters'>;

/** A message with what it holds. */
export type ReadableMessage = MatchableMessage & FilteredMessage;

/** The same, as it is judged again later: the payload may not be kept any more. */
export type JudgedMessage = MatchableMessage &
  Omit<FilteredMessage, 'payload'> & { readonly payload?: Buffer | undefined };

export type ContentMismatch =
  | Mismatch
  /** `clause`: the part of its filters that decided; undefined where the payload is not kept, and cannot be judged again. */
  | { readonly kind: 'filter'; readonly clause: string | undefined };

export function contentVerdict(filters: readonly ContentFilter[], subject: FilterSubject): FilterVerdict {
  const ready = filtersOf(filters);
  return ready === 'unreadable-filter' ? ready : ready.verdict(subject);
}

/** Why an endpoint does not get a message; undefined where it does. */
export function contentMismatchOf(endpoint: AskingContent, message: JudgedMessage): ContentMismatch | undefined {
  const mismatch = mismatchOf(endpoint, message);
  const { filters } = endpoint;
  const { payload } = message;
  if (mismatch !== undefined || filters === undefined || message.onlyEndpointId !== undefined) return mismatch;
  if (payload === undefined) return { kind: 'filter', clause: undefined };
  const ready = filtersOf(filters);
  if (ready === 'unreadable-filter') return { kind: 'filter', clause: FAILURE_TEXTS[ready] };
  const clause = ready.whyNot(new FilterSubject({ ...message, payload }));
  return clause === undefined ? undefined : { kind: 'filter', clause };
}
