import type { ApplicationOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { shownTime } from '../../output/durations.js';
import type { CreateGiven, DeleteGiven, ListGiven, OneGiven, UpdateGiven } from './specification.js';

const PATH = '/api/v1/app';
const pathOf = (application: string): string => `${PATH}/${inPath(application)}`;

export async function listApplications(context: Context, { limit }: ListGiven): Promise<void> {
  const start = await listStart<ApplicationOut>(await context.client(), PATH, {}, limit);
  context.output.list(
    start,
    [
      { title: 'id', of: ({ id }) => id, isWhole: true },
      { title: 'uid', of: ({ uid }) => uid },
      { title: 'name', of: ({ name }) => name },
      { title: 'created', of: ({ createdAt }) => shownTime(createdAt) },
    ],
    'There are no applications. `signpost applications create <name>` makes one.',
  );
}

export async function getApplication(context: Context, { application }: OneGiven): Promise<void> {
  const client = await context.client();
  show(context, await client.get<ApplicationOut>(pathOf(application)));
}

export async function createApplication(context: Context, given: CreateGiven): Promise<void> {
  const client = await context.client();
  const body = bodyOf(given);
  show(context, await client.call<ApplicationOut>('POST', PATH, { body }));
}

export async function updateApplication(context: Context, given: UpdateGiven): Promise<void> {
  const client = await context.client();
  const body = bodyOf(given);
  show(context, await client.call<ApplicationOut>('PATCH', pathOf(given.application), { body }));
}

function bodyOf({ name, uid, metadata, rate, quota, validation }: Omit<UpdateGiven, 'application'>): object {
  return { name, uid, metadata, throttleRate: rate, intakeQuota: quota, validation };
}

export async function deleteApplications(context: Context, { applications, yes }: DeleteGiven): Promise<void> {
  const client = await context.client();
  await context.confirm(`Deletes ${applications.join(', ')} with all endpoints.`, yes);
  for (const application of applications) {
    await client.call('DELETE', pathOf(application));
    if (!context.output.isJson) context.output.line(`Deleted ${application}.`);
  }
  if (context.output.isJson) context.output.json({ deleted: applications });
}

function show({ output }: Context, application: ApplicationOut): void {
  if (output.isJson) {
    output.json(application);
    return;
  }
  const { id, uid, name, metadata, throttleRate, intakeQuota, validation = {}, createdAt, updatedAt } = application;
  output.fields([
    ['id', id],
    ['uid', uid],
    ['name', name],
    ['rate', throttleRate === undefined ? undefined : `${String(throttleRate)}/s`],
    ['quota', intakeQuota === undefined ? undefined : `${String(intakeQuota)}/s`],
    ...Object.entries(validation).map(([type, mode]) => [`validation ${type}`, mode] as const),
    ...Object.entries(metadata).map(([key, value]) => [`metadata ${key}`, value] as const),
    ['created', shownTime(createdAt)],
    ['updated', shownTime(updatedAt)],
  ]);
}
