import type { Endpoint } from '../control/control-state.js';
import type { FilterFailure } from '../filters/endpoint-filters.js';
import { FilterSubject } from '../filters/filter-subject.js';
import { contentVerdict, type ReadableMessage } from './content-match.js';
import { isTypePattern, typePattern } from './event-type-pattern.js';
import { wantsChannels } from './matches.js';

export type Matcher = (message: ReadableMessage) => readonly Endpoint[];

/** Types of which is remembered who asks for them by a pattern: producers may name any number of types. */
const MOST_REMEMBERED_TYPES = 256;

/**
 * The same answer as contentMismatchOf() for each endpoint, without asking those that named other event types. Only where an
 * endpoint filters by content, and may get the message for the rest, is the payload parsed, once.
 * `onFailure`: hears of each filter that could say nothing.
 */
export function compileEndpoints(
  endpoints: readonly Endpoint[],
  onFailure: (failure: FilterFailure) => void = () => undefined,
): Matcher {
  const asking = byType(endpoints);
  const hasFilters = endpoints.some(({ filters }) => filters !== undefined);
  return (message) => {
    const { eventType, channels, onlyEndpointId } = message;
    if (onlyEndpointId !== undefined) return endpoints.filter(({ id }) => id === onlyEndpointId);
    const found = asking(eventType).filter((endpoint) => wantsChannels(endpoint, channels));
    if (!hasFilters) return found;
    const subject = new FilterSubject(message);
    return found.filter(({ filters }) => {
      if (filters === undefined) return true;
      const verdict = contentVerdict(filters, subject);
      if (verdict !== 'fits' && verdict !== 'unfit') onFailure(verdict);
      return verdict === 'fits';
    });
  };
}

/** Who asks for an event type: those who name it, those with a pattern that it fits, and those who ask for all. */
function byType(endpoints: readonly Endpoint[]): (eventType: string) => readonly Endpoint[] {
  const ofAnyType = endpoints.filter(({ eventTypes }) => eventTypes === undefined);
  const named = new Map<string, Endpoint[]>();
  const patterns: (readonly [Endpoint, (eventType: string) => boolean])[] = [];
  for (const endpoint of endpoints) {
    for (const asked of new Set(endpoint.eventTypes)) {
      if (isTypePattern(asked)) patterns.push([endpoint, typePattern(asked)]);
      else named.set(asked, [...(named.get(asked) ?? []), endpoint]);
    }
  }
  const arranged = new Map([...named].map(([type, list]) => [type, [...ofAnyType, ...list]]));
  if (patterns.length === 0) return (eventType) => arranged.get(eventType) ?? ofAnyType;
  const remembered = new Map<string, readonly Endpoint[]>();
  return (eventType) => {
    const known = remembered.get(eventType);
    if (known !== undefined) return known;
    const fitting = patterns.filter(([, fits]) => fits(eventType)).map(([endpoint]) => endpoint);
    const all = [...new Set([...(arranged.get(eventType) ?? ofAnyType), ...fitting])];
    if (remembered.size >= MOST_REMEMBERED_TYPES) remembered.clear();
    remembered.set(eventType, all);
    return all;
  };
}
