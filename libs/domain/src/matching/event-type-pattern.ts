import { LONGEST_NAME } from '../intake/event-rules.js';

const WILDCARD = '*';

/** An event type as an endpoint may ask for it: a name, in which each `*` stands for any run of characters, or none. */
export const ASKED_TYPE_PATTERN = /^[a-zA-Z0-9\-_.*]+$/;
const MOST_WILDCARDS = 8;

export function isAskedType(text: string): boolean {
  return text.length <= LONGEST_NAME && ASKED_TYPE_PATTERN.test(text) && wildcardsIn(text) <= MOST_WILDCARDS;
}

export function isTypePattern(asked: string): boolean {
  return asked.includes(WILDCARD);
}

/** Dots are characters like any other: `message.*` asks for `message.attempt.exhausted` as well. */
export function typePattern(asked: string): (eventType: string) => boolean {
  const [first = '', ...rest] = asked.split(WILDCARD);
  const last = rest.pop();
  if (last === undefined) return (eventType) => eventType === asked;
  return (eventType) => {
    if (!eventType.startsWith(first)) return false;
    let at = first.length;
    // What stands between two wildcards is taken where it comes first: that leaves the most for what follows.
    for (const piece of rest) {
      const found = eventType.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return eventType.length - at >= last.length && eventType.endsWith(last);
  };
}

/** Whether any of these asks for it. For once: whoever asks often arranges them before. */
export function asksForType(asked: readonly string[], eventType: string): boolean {
  return asked.includes(eventType) || asked.some((one) => isTypePattern(one) && typePattern(one)(eventType));
}

const wildcardsIn = (text: string): number => text.split(WILDCARD).length - 1;
