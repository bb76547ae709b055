import type { EndpointOut, EndpointSecretOut } from '@signpost/contracts';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { filtersOf } from './filters.js';
import { endpointPath, endpointsPath, showEndpoint } from './show-endpoint.js';
import type { CreateGiven, DeleteGiven, OneGiven, RotateGiven, UpdateGiven } from './specification.js';

export async function createEndpoint(context: Context, given: CreateGiven): Promise<void> {
  const path = endpointsPath(await context.app(given.app));
  const body = { ...fieldsOf(given), url: given.url, disabled: given.disabled, secret: given.secret };
  showEndpoint(context, await (await context.client()).call<EndpointOut>('POST', path, { body }));
}

export async function updateEndpoint(context: Context, given: UpdateGiven): Promise<void> {
  const { enable, disable, url } = given;
  if (enable && disable) throw new UsageError('--enable and --disable contradict each other', 'Give one of them.');
  const path = endpointPath(await context.app(given.app), given.endpoint);
  const body = { ...fieldsOf(given), url, ...(enable || disable ? { disabled: disable } : {}) };
  showEndpoint(context, await (await context.client()).call<EndpointOut>('PATCH', path, { body }));
}

export async function deleteEndpoints(context: Context, { app, endpoints, yes }: DeleteGiven): Promise<void> {
  const owner = await context.app(app);
  const client = await context.client();
  await context.confirm(`Deletes ${endpoints.join(', ')} of ${owner}; what is owed to them is cancelled.`, yes);
  for (const endpoint of endpoints) {
    await client.call('DELETE', endpointPath(owner, endpoint));
    if (!context.output.isJson) context.output.line(`Deleted ${endpoint}.`);
  }
  if (context.output.isJson) context.output.json({ deleted: endpoints });
}

export async function rotateSecret(context: Context, { app, endpoint, grace, yes }: RotateGiven): Promise<void> {
  const path = endpointPath(await context.app(app), endpoint);
  const client = await context.client();
  const seconds = Math.round(grace / 1_000);
  await context.confirm(`The old secret of ${endpoint} signs for ${String(seconds)} s more.`, yes);
  await client.call('POST', `${path}/secret/rotate`, { body: { gracePeriodSeconds: seconds } });
  const { key } = await client.get<EndpointSecretOut>(`${path}/secret`);
  if (context.output.isJson) context.output.json({ key });
  else context.output.line(key);
}

export const pauseEndpoint = (context: Context, given: OneGiven): Promise<void> => change(context, given, 'pause');
export const resumeEndpoint = (context: Context, given: OneGiven): Promise<void> => change(context, given, 'resume');

async function change(context: Context, { app, endpoint }: OneGiven, what: 'pause' | 'resume'): Promise<void> {
  const path = `${endpointPath(await context.app(app), endpoint)}/${what}`;
  showEndpoint(context, await (await context.client()).call<EndpointOut>('POST', path));
}

function fieldsOf(given: CreateGiven | UpdateGiven): object {
  const { uid, description, eventTypes, channels, filter, rate, metadata, retries } = given;
  return {
    uid,
    description,
    eventTypes,
    channels,
    filters: filtersOf(filter),
    throttleRate: rate,
    metadata,
    ...retries,
  };
}
