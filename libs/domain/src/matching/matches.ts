import type { Endpoint } from '../control/control-state.js';
import type { EndpointId } from '../ids.js';
import { asksForType } from './event-type-pattern.js';

export interface MatchableMessage {
  readonly eventType: string;
  readonly channels?: readonly string[];
  /** For this endpoint alone, whatever it asked for. */
  readonly onlyEndpointId?: EndpointId;
}

/** What of an endpoint says which messages it asks for, their content apart. */
export type Asking = Pick<Endpoint, 'id' | 'eventTypes' | 'channels'>;

/** The first rule by which an endpoint does not get a message. */
export type Mismatch =
  | { readonly kind: 'only-endpoint'; readonly endpointId: EndpointId }
  | { readonly kind: 'event-type'; readonly asked: readonly string[] }
  | { readonly kind: 'channel'; readonly asked: readonly string[] };

/**
 * Why an endpoint does not get a message, whatever that holds; undefined where it may. Without event types it asks for all of
 * them, without channels for messages of any channel and of none; with channels, for messages that share one. A disabled
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

function wantsType({ eventTypes }: Pick<Endpoint, 'eventTypes'>, eventType: string): boolean {
  return eventTypes === undefined || asksForType(eventTypes, eventType);
}

export function wantsChannels({ channels }: Pick<Endpoint, 'channels'>, ofMessage: readonly string[] = []): boolean {
  return channels?.some((channel) => ofMessage.includes(channel)) ?? true;
}
