import {
  isSchemaObject,
  listOf,
  REFUSED_KEYWORDS,
  resolveReference,
  subschemas,
  type SchemaObject,
} from './keywords.js';

/** Bytes of one schema's JSON. */
export const LARGEST_SCHEMA_BYTES = 65_536;
export const MOST_SUBSCHEMAS = 1_000;
export const DEEPEST_SCHEMA = 32;
export const LONGEST_PATTERN = 512;

export interface SchemaFault {
  /** In the schema: ['properties', 'data', '$ref']. */
  readonly at: readonly string[];
  /** Stable, for machines. */
  readonly code:
    'schema_too_large' | 'schema_invalid' | 'reference_invalid' | 'keyword_unsupported' | 'pattern_invalid';
  /** For people: what is wrong, and what to write instead. */
  readonly reason: string;
}

/** A schema inside another, with the way there. */
interface Placed {
  readonly schema: SchemaObject;
  readonly at: readonly string[];
}

/** What of a schema from outside cannot be taken on, beside what the dialect itself forbids. Nothing is fetched. */
export function schemaRuleFaults(schema: unknown): readonly SchemaFault[] {
  const large = sizeFault(schema);
  if (large !== undefined) return [large];
  const placed = placedSchemas(schema);
  if (placed === undefined) {
    const most = `${String(MOST_SUBSCHEMAS)} schemas, ${String(DEEPEST_SCHEMA)} deep`;
    return [fault([], 'schema_too_large', `is too intricate: at most ${most} are taken`)];
  }
  const known = new Set<unknown>([schema, ...placed.map((one) => one.schema)]);
  const faults = placed.flatMap((one) => [...keywordFaults(one), ...referenceFaults(schema, known, one)]);
  return faults.length > 0 ? faults : endlessFaults(schema, placed);
}

function sizeFault(schema: unknown): SchemaFault | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes <= LARGEST_SCHEMA_BYTES) return undefined;
  return fault(
    [],
    'schema_too_large',
    `has ${String(bytes)} bytes as JSON; the limit is ${String(LARGEST_SCHEMA_BYTES)}`,
  );
}

/** Every schema inside, itself included; undefined beyond the bounds. */
function placedSchemas(schema: unknown): readonly Placed[] | undefined {
  const found: Placed[] = [];
  const waiting: { schema: unknown; at: readonly string[]; depth: number }[] = [{ schema, at: [], depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { schema: one, at, depth } = next;
    if (!isSchemaObject(one)) continue;
    found.push({ schema: one, at });
    if (found.length > MOST_SUBSCHEMAS || depth > DEEPEST_SCHEMA) return undefined;
    for (const inner of subschemas(one)) {
      waiting.push({ schema: inner.schema, at: [...at, ...inner.at], depth: depth + 1 });
    }
  }
  return found;
}

function keywordFaults({ schema, at }: Placed): readonly SchemaFault[] {
  const refused = REFUSED_KEYWORDS.filter((keyword) => keyword in schema).map((keyword) =>
    fault([...at, keyword], 'keyword_unsupported', 'is not supported: refer by $ref to a place in the schema'),
  );
  if (at.length === 0 || !('$id' in schema)) return refused;
  const reason = 'is supported at the top alone, where it changes nothing';
  return [...refused, fault([...at, '$id'], 'keyword_unsupported', reason)];
}

function referenceFaults(root: unknown, known: ReadonlySet<unknown>, { schema, at }: Placed): readonly SchemaFault[] {
  if (!('$ref' in schema)) return [];
  const target = resolveReference(root, schema['$ref']);
  if (target !== undefined && (known.has(target.found) || typeof target.found === 'boolean')) return [];
  const reason = 'refers to no schema in here: write it as #/$defs/name; nothing is fetched from elsewhere';
  return [fault([...at, '$ref'], 'reference_invalid', reason)];
}

/** References that come back to where they began before any part of a value was looked at. */
function endlessFaults(root: unknown, placed: readonly Placed[]): readonly SchemaFault[] {
  const ended = new Set<unknown>();
  const isEndless = (schema: unknown, on: Set<unknown>): boolean => {
    if (!isSchemaObject(schema) || ended.has(schema)) return false;
    if (on.has(schema)) return true;
    on.add(schema);
    const endless = sameValueSchemas(root, schema).some((one) => isEndless(one, on));
    on.delete(schema);
    if (!endless) ended.add(schema);
    return endless;
  };
  const first = placed.find(({ schema }) => isEndless(schema, new Set()));
  if (first === undefined) return [];
  return [fault(first.at, 'reference_invalid', 'refers to itself without an end: a value would be checked for ever')];
}

/** The schemas that look at the same value as this one. */
function sameValueSchemas(root: unknown, schema: SchemaObject): readonly unknown[] {
  const dependent = isSchemaObject(schema['dependentSchemas']) ? Object.values(schema['dependentSchemas']) : [];
  return [
    resolveReference(root, schema['$ref'])?.found,
    ...['not', 'if', 'then', 'else'].map((keyword) => schema[keyword]),
    ...['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => listOf(schema[keyword])),
    ...dependent,
  ];
}

const fault = (at: readonly string[], code: SchemaFault['code'], reason: string): SchemaFault => ({ at, code, reason });
