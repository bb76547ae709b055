import type { EventTypeOut } from '@signpost/contracts';
import { exampleOfSchema, newestSchema } from '@signpost/domain';
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
    'There are no event types. `signpost event-types create <name>` makes one.',
  );
}

const stateOf = ({ archived, deprecated }: EventTypeOut): string =>
  archived ? 'archived' : deprecated ? 'deprecated' : '';

export async function getEventType(context: Context, { eventType, example }: GetGiven): Promise<void> {
  const found = await (await context.client()).get<EventTypeOut>(pathOf(eventType));
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

function show({ output }: Context, eventType: EventTypeOut): void {
  if (output.isJson) {
    output.json(eventType);
    return;
  }
  const schema = newestSchema(eventType.schemas ?? undefined);
  output.fields([
    ['name', eventType.name],
    ['description', eventType.description],
    ['state', stateOf(eventType) === '' ? undefined : stateOf(eventType)],
    ['versions', eventType.schemas === null ? 'no schema' : Object.keys(eventType.schemas).join(', ')],
    ['created', shownTime(eventType.createdAt)],
  ]);
  if (schema === undefined) return;
  output.heading('Example');
  output.line(JSON.stringify(exampleOfSchema(schema) ?? {}, null, 2));
}
