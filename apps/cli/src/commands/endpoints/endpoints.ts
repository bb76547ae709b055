import type { EndpointOut, EndpointSecretOut, EndpointStats } from '@signpost/contracts';
import type * as z from 'zod';
import type { Message } from '../../api/message.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { endpointPath, endpointsPath, healthColour, showEndpoint } from './show-endpoint.js';
import type { ListGiven, OneGiven, StatsGiven, TestGiven } from './specification.js';

export async function listEndpoints(context: Context, { app, limit }: ListGiven): Promise<void> {
  const path = endpointsPath(await context.app(app));
  const start = await listStart<EndpointOut>(await context.client(), path, {}, limit);
  context.output.list(
    start,
    [
      { title: 'id', of: ({ id }) => id, isWhole: true },
      { title: 'uid', of: ({ uid }) => uid },
      { title: 'url', of: ({ url }) => url },
      { title: 'event types', of: ({ eventTypes }) => eventTypes?.join(', ') ?? 'all' },
      { title: 'health', of: ({ health }) => health.state, colour: healthColour },
    ],
    'The application has no endpoints. `signpost endpoints create <url>` makes one.',
  );
}

export async function getEndpoint(context: Context, { app, endpoint }: OneGiven): Promise<void> {
  const path = endpointPath(await context.app(app), endpoint);
  showEndpoint(context, await (await context.client()).get<EndpointOut>(path));
}

export async function printSecret(context: Context, { app, endpoint }: OneGiven): Promise<void> {
  const path = `${endpointPath(await context.app(app), endpoint)}/secret`;
  const { key } = await (await context.client()).get<EndpointSecretOut>(path);
  if (context.output.isJson) context.output.json({ key });
  else context.output.line(key);
}

export async function testEndpoint(context: Context, { app, endpoint, eventType }: TestGiven): Promise<void> {
  const path = `${endpointPath(await context.app(app), endpoint)}/send-example`;
  const message = await (await context.client()).call<Message>('POST', path, { body: { eventType } });
  if (context.output.isJson) {
    context.output.json(message);
    return;
  }
  context.output.line(`Sent ${message.id} to ${endpoint}.`);
  context.output.note(`signpost deliveries show ${message.id} shows what became of it.`);
}

export async function endpointStats(context: Context, { app, endpoint, since }: StatsGiven): Promise<void> {
  const path = `${endpointPath(await context.app(app), endpoint)}/stats`;
  const stats = await (await context.client()).get<z.output<typeof EndpointStats>>(path, { since });
  if (context.output.isJson) {
    context.output.json(stats);
    return;
  }
  context.output.fields([
    ['delivered', stats.success],
    ['waiting', stats.pending],
    ['on their way', stats.sending],
    ['failed', stats.fail],
    ['cancelled', stats.canceled],
  ]);
}
