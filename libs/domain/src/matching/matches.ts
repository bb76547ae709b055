import type { Endpoint } from '../control/control-state.js';

export interface MatchableMessage {
  readonly eventType: string;
  readonly channels?: readonly string[];
}

/**
 * Whether an endpoint asked for a message. Without event types it asks for all of them, without channels for
 * messages of any channel and of none; with channels, for messages that share one. A disabled endpoint goes on
 * asking: what it is owed waits for it.
 */
export function matches(endpoint: Pick<Endpoint, 'eventTypes' | 'channels'>, message: MatchableMessage): boolean {
  return wantsType(endpoint, message.eventType) && wantsChannels(endpoint, message.channels);
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
  return ({ eventType, channels }) =>
    (arranged.get(eventType) ?? ofAnyType).filter((endpoint) => wantsChannels(endpoint, channels));
}

function wantsType({ eventTypes }: Pick<Endpoint, 'eventTypes'>, eventType: string): boolean {
  return eventTypes?.includes(eventType) ?? true;
}

function wantsChannels({ channels }: Pick<Endpoint, 'channels'>, ofMessage: readonly string[] = []): boolean {
  return channels?.some((channel) => ofMessage.includes(channel)) ?? true;
}
