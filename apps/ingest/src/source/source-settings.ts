import { readFileSync } from 'node:fs';
import { isEventType, isId, type OrganisationId } from '@signpost/domain';
import { ConfigurationError } from '@signpost/runtime';
import * as z from 'zod';
import type { AttributeRules } from './cloud-event.reader.js';
import { pointerParts, UNIT_MS, type FieldMap } from './mapped.reader.js';

/** One of the platform's own topics, and how its records are read. */
export type SourceSettings = {
  /** Its full name. */
  readonly topic: string;
  /** Whose applications its events may name; undefined: anybody's, by id alone. */
  readonly organisationId: OrganisationId | undefined;
} & (
  | { readonly format: 'cloudevents'; readonly map: AttributeRules }
  | { readonly format: 'json' | 'registry'; readonly map: FieldMap }
);

const MOST_SOURCES = 1_000;
const LARGEST_FILE_BYTES = 1_048_576;

const Text = z.string().min(1).max(256);
const Pointer = z.string().transform((text, context) => {
  const parts = pointerParts(text);
  if (parts !== undefined) return parts;
  context.addIssue({ code: 'custom', message: 'is no JSON Pointer (RFC 6901), as "/customer/id" is' });
  return z.NEVER;
});

/** One of several forms, told apart by which name is there, so that a fault is told of the form that was meant. */
const oneOf = <F extends Readonly<Record<string, z.ZodType>>>(forms: F) =>
  z.unknown().transform((given, context): z.output<F[keyof F]> => {
    const names = Object.keys(forms);
    const meant = names.find((name) => typeof given === 'object' && given !== null && Object.hasOwn(given, name));
    const form = meant === undefined ? undefined : forms[meant];
    if (form === undefined) {
      context.addIssue({ code: 'custom', message: `is an object with one of ${names.join(', ')}` });
      return z.NEVER;
    }
    const parsed = form.safeParse(given);
    if (parsed.success) return parsed.data as z.output<F[keyof F]>;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });

const Constant = z.strictObject({ value: Text });
const Header = z.strictObject({ header: Text });
const Path = z.strictObject({ path: Pointer });
const TypeField = oneOf({
  value: z.strictObject({ value: Text.refine(isEventType, 'is no name of an event type') }),
  header: Header,
  path: Path,
});
const Field = oneOf({ value: Constant, header: Header, path: Path });
const Attribute = oneOf({
  value: Constant,
  attribute: z.strictObject({
    attribute: z.string().regex(/^[a-z0-9]{1,64}$/, 'is no name of a CloudEvents attribute: small letters and digits'),
  }),
});
const Time = oneOf({
  header: Header,
  path: Path.extend({ unit: z.enum(Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[]).optional() }),
});

const Topic = z.string().regex(/^[\w.-]{1,249}$/, 'is no name of a Kafka topic');
const Organisation = z
  .string()
  .refine((text): text is OrganisationId => isId('org', text), 'is no organisation id (org_…)');
const Common = { topic: Topic, organisation: Organisation.optional() };

const Source = z.discriminatedUnion('format', [
  z.strictObject({
    ...Common,
    format: z.literal('cloudevents'),
    map: z.strictObject({ application: Attribute, conversation: Attribute, channels: Attribute }).partial().default({}),
  }),
  z.strictObject({
    ...Common,
    // registry: Avro, or JSON of a JSON Schema, by a schema in the registry.
    format: z.enum(['json', 'registry']),
    map: z.strictObject({
      application: Field,
      type: TypeField,
      id: Field.optional(),
      source: Field.optional(),
      time: Time.optional(),
      conversation: Field.optional(),
      channels: Field.optional(),
      payload: Path.optional(),
    }),
  }),
]);

const Sources = z.strictObject({ sources: z.array(Source).max(MOST_SOURCES) });

/**
 * What the file says of the topics, after those that are named alone.
 * @throws ConfigurationError naming the file and every place in it that is wrong
 */
export function loadSources(
  file: string | undefined,
  topics: readonly string[],
  organisationId: OrganisationId | undefined,
): readonly SourceSettings[] {
  const named = topics.map((topic): SourceSettings => ({ topic, organisationId, format: 'cloudevents', map: {} }));
  const sources = [...named, ...(file === undefined ? [] : read(file, organisationId))];
  const twice = sources.find(({ topic }, index) => sources.findIndex((one) => one.topic === topic) < index);
  if (twice === undefined) return sources;
  throw new ConfigurationError(
    `ingest: the source topic ${twice.topic} is set twice; name it once, in the file or in INGEST_SOURCE_TOPICS`,
  );
}

function read(file: string, organisationId: OrganisationId | undefined): readonly SourceSettings[] {
  const wrong = (why: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(`ingest: the file ${file}, which INGEST_SOURCES_FILE names, ${why}`, {}, cause);
  let json: unknown;
  try {
    const text = readFileSync(file);
    if (text.length > LARGEST_FILE_BYTES) throw wrong('is larger than 1 MiB');
    json = JSON.parse(text.toString('utf8'));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw wrong(`cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const parsed = Sources.safeParse(json);
  if (!parsed.success) throw wrong(`is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data.sources.map((source): SourceSettings => {
    const of = { topic: source.topic, organisationId: source.organisation ?? organisationId };
    if (source.format === 'cloudevents') return { ...of, format: source.format, map: given(source.map) };
    return { ...of, format: source.format, map: given(source.map) };
  });
}

/** Fields that the file leaves out are absent, not undefined. */
const given = <M extends object>(map: M): Given<M> =>
  Object.fromEntries(Object.entries(map).filter(([, rule]) => rule !== undefined)) as Given<M>;
type Given<M> = { [K in keyof M]: Exclude<M[K], undefined> };
