import { newId, type ApplicationId, type Endpoint, type EndpointId } from '@signpost/domain';
import type { Behaviour } from './mixed-receiver.js';

export const EVERY = 'load.every';
export const SOME = 'load.some';

export interface MixedEndpoint {
  readonly path: string;
  readonly behaviour: Behaviour;
  readonly endpoint: Endpoint;
}

const SECOND = 1_000;

/** Seldom asked, since they fail, wait or are limited: the rest gets every message. */
const SELDOM: readonly (readonly [Behaviour, Partial<Endpoint>])[] = [
  ['busy', { retrySchedule: Array<number>(8).fill(SECOND) }],
  ['hang', { retrySchedule: [SECOND, SECOND] }],
  ['reset', { retrySchedule: [SECOND, SECOND] }],
  ['gone', { retrySchedule: [SECOND] }],
  ['disabled', { disabled: true }],
  ['limited', { throttleRate: 20 }],
  ['redirect', { retrySchedule: [SECOND] }],
];
const ALWAYS: readonly (readonly [Behaviour, Partial<Endpoint>])[] = [
  ['quick', {}],
  ['quick', {}],
  ['slow', {}],
  // Long enough that a third of failures never uses it up.
  ['flaky', { retrySchedule: Array<number>(10).fill(SECOND) }],
];

export function mixedEndpoints(applicationId: ApplicationId, secret: string, urlOf: (path: string) => string) {
  const make = (
    [behaviour, changes]: readonly [Behaviour, Partial<Endpoint>],
    types: readonly string[],
    at: number,
  ) => {
    const path = `/${behaviour}-${String(at)}`;
    const id: EndpointId = newId('ep', Date.now());
    const endpoint: Endpoint = {
      id,
      applicationId,
      version: 1,
      url: urlOf(path),
      disabled: false,
      eventTypes: types,
      secrets: [secret],
      retrySchedule: [SECOND, SECOND, SECOND],
      ...changes,
    };
    return { path, behaviour, endpoint } satisfies MixedEndpoint;
  };
  return [
    ...ALWAYS.map((each, at) => make(each, [EVERY, SOME], at)),
    ...SELDOM.map((each, at) => make(each, [SOME], at)),
  ];
}
