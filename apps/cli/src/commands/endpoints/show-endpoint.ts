import type { EndpointOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import type { Colour } from '../../output/colours.js';
import { shownTime } from '../../output/durations.js';
import { shownRetries } from './retries.js';

export const endpointsPath = (app: string): string => `/api/v1/app/${inPath(app)}/endpoint`;
export const endpointPath = (app: string, endpoint: string): string => `${endpointsPath(app)}/${inPath(endpoint)}`;

export function healthColour({ health }: Pick<EndpointOut, 'health'>): Colour {
  switch (health.state) {
    case 'healthy':
      return 'green';
    case 'paused':
    case 'throttled':
      return 'yellow';
    case 'failing':
    case 'breaker-open':
    case 'disabled':
      return 'red';
  }
}

export function showEndpoint({ output }: Context, endpoint: EndpointOut): void {
  if (output.isJson) {
    output.json(endpoint);
    return;
  }
  const { id, uid, url, description, eventTypes, channels, throttleRate, health, warnings } = endpoint;
  output.fields([
    ['id', id],
    ['uid', uid],
    ['url', url],
    ['description', description === '' ? undefined : description],
    ['event types', eventTypes?.join(', ') ?? 'all'],
    ['channels', channels?.join(', ')],
    ...(endpoint.filters ?? []).map((one) => ['filter', 'cel' in one ? one.cel : JSON.stringify(one.json)] as const),
    ['rate', throttleRate === undefined ? undefined : `${String(throttleRate)}/s`],
    ['retries', shownRetries(endpoint.retrySchedule)],
    ['health', health.state],
    ['why', health.state === 'healthy' ? undefined : health.why],
    ...warnings.map(({ code, detail }) => [`warning ${code}`, detail] as const),
    ['ordering', endpoint.ordering],
    ['created', shownTime(endpoint.createdAt)],
    ['updated', shownTime(endpoint.updatedAt)],
  ]);
}
