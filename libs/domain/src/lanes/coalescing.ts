import type { MessageId } from '../ids.js';

/** When a message was accepted: what decides which of two is the newer. */
export interface Acceptance {
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
  readonly messageId: MessageId;
}

export interface Coalescable extends Acceptance {
  readonly eventType: string;
  readonly conversationId?: string;
  readonly coalesce?: 'latest';
}

/** Names what may supersede one another within one lane; undefined for what nothing supersedes. */
export function coalescingKey({ coalesce, eventType, conversationId }: Coalescable): string | undefined {
  if (coalesce === undefined) return undefined;
  // An event type holds no space, so no two pairs share a key.
  return conversationId === undefined ? eventType : `${eventType} ${conversationId}`;
}

export function isOlder(a: Acceptance, b: Acceptance): boolean {
  if (a.acceptedAtMs !== b.acceptedAtMs) return a.acceptedAtMs < b.acceptedAtMs;
  return a.messageId < b.messageId;
}

export function newerOf<A extends Acceptance>(a: A | undefined, b: A): A {
  return a === undefined || isOlder(a, b) ? b : a;
}

/**
 * One more delivery of a key arrives: which of it and of those that wait for their turn end here. `latest`: the newest
 * that the lane has taken in of this key, as far as it remembers. A second copy of a delivery supersedes nothing.
 */
export function supersededBy<D extends Acceptance>(
  arriving: D,
  waiting: readonly D[],
  latest: Acceptance | undefined,
): readonly D[] {
  const newest = newerOf<Acceptance>(latest, arriving);
  return [...waiting, arriving].filter((one) => isOlder(one, newest));
}
