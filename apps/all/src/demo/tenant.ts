import { behaviourOf, demoSecret, ENDPOINT_NAMES, type EndpointName } from './behaviours.js';
import { UnexpectedAnswerError, type ApiClient } from './client.js';
import { DEMO_EVENT_TYPES } from './events.js';
import type { DemoReceiver } from './receiver.js';

/** The demonstration's application, by its uid. */
export const DEMO_APPLICATION = 'demo';

/** Seconds after each failed attempt: short enough to watch. */
const RETRY_SCHEDULE_SECONDS = [1, 5, 10];

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

/** Makes what is missing of an application with its four endpoints; what is there keeps its state. Safe to repeat. */
export async function ensureTenant(
  api: ApiClient,
  receiver: DemoReceiver,
  masterKey: string,
  application: string,
  name: string,
): Promise<Tenant> {
  for (const [type, description] of Object.entries(DEMO_EVENT_TYPES)) await ensureEventType(api, type, description);
  if ((await api.find(`/api/v1/app/${application}`)) === undefined) {
    await api.call('POST', '/api/v1/app', { name, uid: application });
  }
  const endpoints: Partial<Record<EndpointName, EndpointAnswer>> = {};
  for (const endpoint of ENDPOINT_NAMES) {
    endpoints[endpoint] = await ensureEndpoint(
      api,
      receiver.url(application, endpoint),
      masterKey,
      application,
      endpoint,
    );
  }
  return { application, endpoints: endpoints as Record<EndpointName, EndpointAnswer> };
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

async function ensureEndpoint(
  api: ApiClient,
  url: string,
  masterKey: string,
  application: string,
  name: EndpointName,
): Promise<EndpointAnswer> {
  const path = `/api/v1/app/${application}/endpoint`;
  const known = await api.find<EndpointAnswer>(`${path}/${name}`);
  const { description, eventTypes } = behaviourOf(name);
  if (known === undefined) {
    return api.call<EndpointAnswer>('POST', path, {
      uid: name,
      url,
      description,
      secret: demoSecret(masterKey, application, name),
      retrySchedule: RETRY_SCHEDULE_SECONDS,
      ...(eventTypes === undefined ? {} : { eventTypes }),
    });
  }
  // The receiver may have had to move to another port; what is still owed follows it.
  if (known.url !== url) return api.call<EndpointAnswer>('PATCH', `${path}/${name}`, { url });
  return known;
}
