import { setTimeout as wait } from 'node:timers/promises';
import { behaviourOf, demoSecret, ENDPOINT_NAMES, type EndpointName } from './behaviours.js';
import { UnexpectedAnswerError, type ApiClient } from './client.js';
import type { DemoContext } from './context.js';
import { DEMO_EVENT_TYPES } from './events.js';

/** The demonstration's application, by its uid. */
export const DEMO_APPLICATION = 'demo';

/** Seconds after each failed attempt: the first short enough to watch, the last long enough to outlive a stop. */
const RETRY_SCHEDULE_SECONDS = [1, 5, 10, 60, 300, 1_800, 7_200];
const SECOND_MS = 1_000;

export interface EndpointAnswer {
  readonly id: string;
  readonly uid?: string | null;
  readonly url: string;
  readonly disabled: boolean;
}

export interface Tenant {
  /** The application's uid, usable wherever an id is. */
  readonly application: string;
  readonly endpoints: Readonly<Record<EndpointName, EndpointAnswer>>;
}

/**
 * Makes what is missing of an application with its four endpoints; what is there keeps its state. Safe to repeat.
 * Resolves when messages accepted from then on go to all of them.
 */
export async function ensureTenant(context: DemoContext, application: string, name: string): Promise<Tenant> {
  const { api, signal } = context;
  const types = Object.entries(DEMO_EVENT_TYPES);
  await Promise.all(types.map(([type, description]) => ensureEventType(api, type, description)));
  if ((await api.find(`/api/v1/app/${application}`)) === undefined) {
    await api.call('POST', '/api/v1/app', { name, uid: application });
  }
  const ensured = await Promise.all(ENDPOINT_NAMES.map((endpoint) => ensureEndpoint(context, application, endpoint)));
  // An endpoint gets every message accepted a second after it was made or changed.
  if (ensured.some(({ isNew }) => isNew)) await wait(SECOND_MS, undefined, { signal }).catch(() => undefined);
  const byName = ensured.map(({ name: each, answer }) => [each, answer] as const);
  return { application, endpoints: Object.fromEntries(byName) as Record<EndpointName, EndpointAnswer> };
}

async function ensureEventType(api: ApiClient, name: string, description: string): Promise<void> {
  if ((await api.find(`/api/v1/event-type/${name}`)) !== undefined) return;
  try {
    await api.call('POST', '/api/v1/event-type', { name, description });
  } catch (error) {
    // Somebody was quicker.
    if (!(error instanceof UnexpectedAnswerError && error.status === 409)) throw error;
  }
}

interface Ensured {
  readonly name: EndpointName;
  readonly answer: EndpointAnswer;
  readonly isNew: boolean;
}

async function ensureEndpoint(
  { api, receiver, masterKey }: DemoContext,
  application: string,
  name: EndpointName,
): Promise<Ensured> {
  const path = `/api/v1/app/${application}/endpoint`;
  const url = receiver.url(application, name);
  const known = await api.find<EndpointAnswer>(`${path}/${name}`);
  // The receiver may have had to move to another port; what is still owed follows it.
  if (known !== undefined && known.url !== url) {
    return { name, answer: await api.call('PATCH', `${path}/${name}`, { url }), isNew: true };
  }
  if (known !== undefined) return { name, answer: known, isNew: false };
  const { description, eventTypes } = behaviourOf(name);
  const answer = await api.call<EndpointAnswer>('POST', path, {
    uid: name,
    url,
    description,
    secret: demoSecret(masterKey, application, name),
    retrySchedule: RETRY_SCHEDULE_SECONDS,
    ...(eventTypes === undefined ? {} : { eventTypes }),
  });
  return { name, answer, isNew: true };
}
