import type { EventTypeOut } from '@signpost/contracts';
import { exampleOfSchema, newestSchema } from '@signpost/domain';
import { ApiFailure } from '../../api/api-failure.js';
import { inPath } from '../../api/client.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import { readJsonObject } from '../../read-input.js';
import type { CreateGiven, DeleteGiven, GetGiven, ListGiven } from './specification.js';

const PATH = '/api/v1/event-type';
const pathOf = (name: string): string => `${PATH}/${inPath(name)}`;

export async function listEventTypes(context: Context, { limit, archived }: ListGiven): Promise<void> {
  const query = { include_archived: archived };
  const start = await listStart<EventTypeOut>(await context.client(), PATH, query, limit);
  context.output.list(
    start,
    [
      { title: 'name', of: ({ name }) => name, isWhole: true },
      { title: 'state', of: stateOf, colour: (row) => (stateOf(row) === '' ? undefined : 'yellow') },
      { title: 'description', of: ({ description }) => description },
    ],
    'There are none of your own. `signpost event-types create <name>` makes one; `get` also shows those that come with Signpost.',
  );
}

/** One of the organisation's own, or of the catalogue. */
type ShownEventType = Omit<EventTypeOut, 'createdAt' | 'updatedAt'> &
  Partial<Pick<EventTypeOut, 'createdAt' | 'updatedAt'>> & { readonly isBuiltIn?: true };

const stateOf = ({ archived, deprecated }: Pick<EventTypeOut, 'archived' | 'deprecated'>): string =>
  archived ? 'archived' : deprecated ? 'deprecated' : '';

export async function getEventType(context: Context, { eventType, example }: GetGiven): Promise<void> {
  const client = await context.client();
  const found = await client.get<EventTypeOut>(pathOf(eventType)).catch(async (error: unknown) => {
    const builtIn = error instanceof ApiFailure && error.status === 404 ? await ofCatalogue(eventType) : undefined;
    if (builtIn === undefined) throw error;
    return builtIn;
  });
  if (!example) {
    show(context, found);
    return;
  }
  const made = exampleOfSchema(newestSchema(found.schemas ?? undefined));
  if (made === undefined) {
    throw new UsageError(
      `${eventType} has no schema that an example can be made of`,
      'Give it one: event-types update --schema <file>.',
    );
  }
  context.output.json(made);
}

/** Those that come with Signpost are published without being made first. The catalogue is large: loaded when it is needed. */
async function ofCatalogue(eventType: string): Promise<ShownEventType | undefined> {
  const { EVENT_CATALOGUE } = await import('../publishing/catalogue.js');
  const found = EVENT_CATALOGUE.find(({ name }) => name === eventType);
  if (found === undefined) return undefined;
  const { name, description, version, schema } = found;
  return { name, description, archived: false, deprecated: false, schemas: { [version]: schema }, isBuiltIn: true };
}

export async function createEventType(context: Context, given: CreateGiven): Promise<void> {
  const client = await context.client();
  const body = { name: given.eventType, description: given.description ?? '', ...(await changeOf(context, given)) };
  show(context, await client.call<EventTypeOut>('POST', PATH, { body }));
}

export async function updateEventType(context: Context, given: CreateGiven): Promise<void> {
  const client = await context.client();
  show(
    context,
    await client.call<EventTypeOut>('PATCH', pathOf(given.eventType), { body: await changeOf(context, given) }),
  );
}

export async function deleteEventType(context: Context, { eventType, expunge, yes }: DeleteGiven): Promise<void> {
  const client = await context.client();
  await context.confirm(`${expunge ? 'Removes' : 'Archives'} the event type ${eventType}.`, yes);
  await client.call('DELETE', pathOf(eventType), { query: { expunge } });
  if (context.output.isJson) context.output.json({ [expunge ? 'removed' : 'archived']: [eventType] });
  else context.output.line(`${expunge ? 'Removed' : 'Archived'} ${eventType}.`);
}

async function changeOf(context: Context, given: CreateGiven): Promise<object> {
  const { description, schema, schemaVersion = '1', deprecated } = given;
  return {
    ...(description === undefined ? {} : { description }),
    ...(deprecated ? { deprecated } : {}),
    ...(schema === undefined
      ? {}
      : { schemas: { [schemaVersion]: await readJsonObject(schema, context.surroundings) } }),
  };
}

function show({ output }: Context, eventType: ShownEventType): void {
  if (output.isJson) {
    output.json(eventType);
    return;
  }
  const schema = newestSchema(eventType.schemas ?? undefined);
  output.fields([
    ['name', eventType.name],
    ['description', eventType.description],
    ['state', eventType.isBuiltIn === true ? 'comes with Signpost' : stateOf(eventType) || undefined],
    ['versions', eventType.schemas === null ? 'no schema' : Object.keys(eventType.schemas).join(', ')],
    ['created', eventType.createdAt === undefined ? undefined : shownTime(eventType.createdAt)],
  ]);
  if (schema === undefined) return;
  output.heading('Example');
  output.line(JSON.stringify(exampleOfSchema(schema) ?? {}, null, 2));
}
