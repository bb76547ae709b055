import { isSameJson, isSchemaObject, listOf, resolveReference, type SchemaObject } from '../keywords.js';

/** The types of JSON, with numbers told apart by whether they are whole. */
export type Kind = 'null' | 'boolean' | 'integer' | 'fraction' | 'string' | 'array' | 'object';
const KINDS: readonly Kind[] = ['null', 'boolean', 'integer', 'fraction', 'string', 'array', 'object'];

/** What is known of every value that a schema allows. */
export interface Facts {
  /** Schemas that all hold, each without its references and `allOf`. */
  readonly parts: readonly SchemaObject[];
  readonly kinds: ReadonlySet<Kind>;
  /** All the values that there can be; undefined: they are not listed. */
  readonly values: readonly unknown[] | undefined;
  /** Lists of which one schema each holds as well. */
  readonly alternatives: readonly (readonly unknown[])[];
  /** The one schema that all of it was read from; absent where it comes from several. */
  readonly origin?: SchemaObject;
}

/** Undefined where no value at all is allowed. */
export function factsOf(root: unknown, schemas: readonly unknown[]): Facts | undefined {
  const parts: SchemaObject[] = [];
  const seen = new Set<unknown>();
  for (const schema of schemas) if (!gather(root, schema, parts, seen)) return undefined;
  return factsOfParts(
    parts,
    parts.flatMap((part) => [part['anyOf'], part['oneOf']].map(listOf).filter(({ length }) => length > 0)),
  );
}

/** The same with one of the alternatives chosen. */
export function withChoice(root: unknown, facts: Facts, list: readonly unknown[], choice: unknown): Facts | undefined {
  const chosen = factsOf(root, [choice]);
  if (chosen === undefined) return undefined;
  const others = facts.alternatives.filter((each) => each !== list);
  return factsOfParts([...facts.parts, ...chosen.parts], [...others, ...chosen.alternatives]);
}

function factsOfParts(parts: readonly SchemaObject[], alternatives: Facts['alternatives']): Facts | undefined {
  const kinds = KINDS.filter((kind) => parts.every((part) => kindsOf(part).has(kind)));
  const listed = parts.map(listedValues).find((values) => values !== undefined) ?? fewValues(kinds);
  const values = listed?.filter((value) => kinds.includes(kindOf(value)));
  if (kinds.length === 0 || values?.length === 0) return undefined;
  return { parts, kinds: new Set(values?.map(kindOf) ?? kinds), values, alternatives };
}

/** False where nothing is allowed. What cannot be resolved says nothing, so less is known. */
function gather(root: unknown, schema: unknown, parts: SchemaObject[], seen: Set<unknown>): boolean {
  if (schema === false) return false;
  if (!isSchemaObject(schema) || seen.has(schema)) return true;
  seen.add(schema);
  parts.push(schema);
  const referred = '$ref' in schema ? resolveReference(root, schema['$ref'])?.found : undefined;
  return [referred, ...listOf(schema['allOf'])].every((one) => gather(root, one, parts, seen));
}

export function kindsOf({ type }: SchemaObject): ReadonlySet<Kind> {
  if (type === undefined) return new Set(KINDS);
  const names = Array.isArray(type) ? listOf(type) : [type];
  return new Set(KINDS.filter((kind) => names.includes(kind) || (isNumeric(kind) && names.includes('number'))));
}

export const isNumeric = (kind: Kind): boolean => kind === 'integer' || kind === 'fraction';

export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'fraction';
    case 'string':
      return 'string';
    default:
      return 'object';
  }
}

/** None where `const` is not among those of `enum`. */
export function listedValues(schema: SchemaObject): readonly unknown[] | undefined {
  const listed = Array.isArray(schema['enum']) ? listOf(schema['enum']) : undefined;
  if (!('const' in schema)) return listed;
  const only = schema['const'];
  return listed === undefined || listed.some((value) => isSameJson(value, only)) ? [only] : [];
}

function fewValues(kinds: readonly Kind[]): readonly unknown[] | undefined {
  if (!kinds.every((kind) => kind === 'boolean' || kind === 'null')) return undefined;
  return kinds.flatMap((kind): readonly unknown[] => (kind === 'null' ? [null] : [true, false]));
}
