import type { Endpoint } from '../control/control-state.js';
import type { EndpointId } from '../ids.js';

export interface MatchableMessage {
  readonly eventType: string;
  readonly channels?: readonly string[];
  /** For this endpoint alone, whatever it asked for. */
  readonly onlyEndpointId?: EndpointId;
}

/** What of an endpoint says which messages it asks for. */
export type Asking = Pick<Endpoint, 'id' | 'eventTypes' | 'channels'>;

/** The first rule by which an endpoint does not get a message. */
export type Mismatch =
  | { readonly kind: 'only-endpoint'; readonly endpointId: EndpointId }
  | { readonly kind: 'event-type'; readonly asked: readonly string[] }
  | { readonly kind: 'channel'; readonly asked: readonly string[] };

/**
 * Why an endpoint does not get a message; undefined where it does. Without event types it asks for all of them,
 * without channels for messages of any channel and of none; with channels, for messages that share one. A disabled
 * endpoint goes on asking: what it is owed waits for it.
 */
export function mismatchOf(endpoint: Asking, message: MatchableMessage): Mismatch | undefined {
  const { onlyEndpointId } = message;
  if (onlyEndpointId !== undefined) {
    return endpoint.id === onlyEndpointId ? undefined : { kind: 'only-endpoint', endpointId: onlyEndpointId };
  }
  if (!wantsType(endpoint, message.eventType)) return { kind: 'event-type', asked: endpoint.eventTypes ?? [] };
  if (!wantsChannels(endpoint, message.channels)) return { kind: 'channel', asked: endpoint.channels ?? [] };
  return undefined;
}

export function matches(endpoint: Asking, message: MatchableMessage): boolean {
  return mismatchOf(endpoint, message) === undefined;
}

export type Matcher = (message: MatchableMessage) => readonly Endpoint[];

/** The same answer as matches() for each endpoint, without asking those that named other event types. */
export function compileEndpoints(endpoints: readonly Endpoint[]): Matcher {
  const ofAnyType = endpoints.filter(({ eventTypes }) => eventTypes === undefined);
  const byType = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    for (const type of new Set(endpoint.eventTypes)) {
      const list = byType.get(type) ?? [];
      list.push(endpoint);
      byType.set(type, list);
    }
  }
  const arranged = new Map([...byType].map(([type, named]) => [type, [...ofAnyType, ...named]]));
  return ({ eventType, channels, onlyEndpointId }) => {
    if (onlyEndpointId !== undefined) return endpoints.filter(({ id }) => id === onlyEndpointId);
    return (arranged.get(eventType) ?? ofAnyType).filter((endpoint) => wantsChannels(endpoint, channels));
  };
}

function wantsType({ eventTypes }: Pick<Endpoint, 'eventTypes'>, eventType: string): boolean {
  return eventTypes?.includes(eventType) ?? true;
}

function wantsChannels({ channels }: Pick<Endpoint, 'channels'>, ofMessage: readonly string[] = []): boolean {
  return channels?.some((channel) => ofMessage.includes(channel)) ?? true;
}
