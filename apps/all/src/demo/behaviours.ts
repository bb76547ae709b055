import { createHmac } from 'node:crypto';
import type { DemoEventType } from './events.js';

export interface Behaviour {
  readonly description: string;
  /** Event types that the endpoint asks for; undefined: all. */
  readonly eventTypes?: readonly DemoEventType[];
  /** Milliseconds before the answer. */
  readonly delayMs: number;
  /** What the nth request for one message is answered, counted from 1. */
  status(request: number, messageId: string): number;
}

/** The four kinds of receivers that the demonstration has. */
export const BEHAVIOURS = {
  quick: { description: 'answers 200 at once', delayMs: 0, status: () => 200 },
  flaky: {
    description: 'refuses the first attempt of each message, of some the second too, then answers 200',
    eventTypes: ['message.received', 'action.completed'],
    delayMs: 0,
    status: (request, messageId) => {
      const refusals = messageId.charCodeAt(messageId.length - 1) % 4 === 0 ? 2 : 1;
      if (request > refusals) return 200;
      return request === 1 ? 503 : 500;
    },
  },
  slow: {
    description: 'answers 200 after two seconds',
    eventTypes: ['action.requested', 'conversation.ended'],
    delayMs: 2_000,
    status: () => 200,
  },
  gone: {
    description: 'answers 410: it was taken down on purpose',
    eventTypes: ['conversation.started'],
    delayMs: 0,
    status: () => 410,
  },
} as const satisfies Record<string, Behaviour>;

export type EndpointName = keyof typeof BEHAVIOURS;
export const ENDPOINT_NAMES = Object.keys(BEHAVIOURS) as readonly EndpointName[];

export const behaviourOf = (name: EndpointName): Behaviour => BEHAVIOURS[name];

export function asksFor(name: EndpointName, eventType: DemoEventType): boolean {
  return behaviourOf(name).eventTypes?.includes(eventType) ?? true;
}

/**
 * An endpoint's signing secret, the same at every start: a receiver can verify what an earlier start left
 * undelivered before it has asked anybody.
 */
export function demoSecret(masterKey: string, application: string, name: EndpointName): string {
  const bytes = createHmac('sha256', masterKey).update(`demonstration\0${application}\0${name}`).digest();
  return `whsec_${bytes.subarray(0, 24).toString('base64')}`;
}
