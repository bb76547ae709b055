/** A JSON Schema (2020-12) as an object; `true` and `false` are schemas as well. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
export const SCHEMA_KEYWORDS = [
  'additionalProperties',
  'propertyNames',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
export const SCHEMA_LIST_KEYWORDS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
export const SCHEMA_MAP_KEYWORDS = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
] as const;

/** Keywords that decide by themselves. Whatever is named nowhere here only describes. */
export const VALUE_KEYWORDS = [
  'type',
  'enum',
  'const',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minContains',
  'maxContains',
  'required',
  'minProperties',
  'maxProperties',
  'dependentRequired',
] as const;

/** Keywords that lead out of the schema, or change what a reference inside it means: none of them is taken. */
export const REFUSED_KEYWORDS = [
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  '$vocabulary',
] as const;

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export interface Subschema {
  readonly schema: unknown;
  /** From its parent down: ['properties', 'a']. */
  readonly at: readonly string[];
}

/** The schemas that stand directly inside one, definitions included. */
export function subschemas(schema: SchemaObject): readonly Subschema[] {
  return [
    ...SCHEMA_KEYWORDS.flatMap((keyword) => (keyword in schema ? [{ schema: schema[keyword], at: [keyword] }] : [])),
    ...SCHEMA_LIST_KEYWORDS.flatMap((keyword) =>
      listOf(schema[keyword]).map((one, index) => ({ schema: one, at: [keyword, String(index)] })),
    ),
    ...SCHEMA_MAP_KEYWORDS.flatMap((keyword) => {
      const map = schema[keyword];
      if (!isSchemaObject(map)) return [];
      return Object.entries(map).map(([name, one]) => ({ schema: one, at: [keyword, name] }));
    }),
  ];
}

/** What a reference inside a schema names, as #/$defs/person; undefined for one that leads nowhere, or elsewhere. */
export function resolveReference(root: unknown, reference: unknown): { readonly found: unknown } | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  if (reference === '#') return { found: root };
  if (!reference.startsWith('#/')) return undefined;
  let at = root;
  for (const token of reference.slice(2).split('/')) {
    const name = unescaped(token);
    if (name === undefined || typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as SchemaObject)[name];
  }
  return { found: at };
}

function unescaped(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

/** Whether two JSON values are the same: the order of an object's names does not count. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    const [left, right] = [listOf(a), listOf(b)];
    if (!Array.isArray(a) || !Array.isArray(b) || left.length !== right.length) return false;
    return left.every((one, index) => isSameJson(one, right[index]));
  }
  if (!isSchemaObject(a) || !isSchemaObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSameJson(a[name], b[name]));
}
