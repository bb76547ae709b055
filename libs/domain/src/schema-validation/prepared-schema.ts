import {
  isSchemaObject,
  listOf,
  SCHEMA_KEYWORDS,
  SCHEMA_LIST_KEYWORDS,
  SCHEMA_MAP_KEYWORDS,
  VALUE_KEYWORDS,
  type SchemaObject,
} from '../json-schema/keywords.js';
import { Cost } from './cost.js';

/** Keywords of our own that take the place of what could take long. */
export const COST = 'signpostCost';
export const DISTINCT = 'signpostDistinct';

const KEPT = [...VALUE_KEYWORDS.filter((keyword) => keyword !== 'uniqueItems'), '$ref'] as const;

/**
 * The schema with nothing in it but what decides, and with what each of its schemas costs: a validator knows keywords
 * that are not of the dialect, and a schema from outside must not reach them.
 */
export function preparedSchema(schema: unknown): unknown {
  if (!isSchemaObject(schema)) return schema;
  const copy: Record<string, unknown> = { [COST]: new Cost(schema) };
  for (const keyword of KEPT) if (keyword in schema) copy[keyword] = schema[keyword];
  if (schema['uniqueItems'] === true) copy[DISTINCT] = true;
  for (const keyword of SCHEMA_KEYWORDS) if (keyword in schema) copy[keyword] = preparedSchema(schema[keyword]);
  for (const keyword of SCHEMA_LIST_KEYWORDS) {
    if (keyword in schema) copy[keyword] = listOf(schema[keyword]).map(preparedSchema);
  }
  for (const keyword of SCHEMA_MAP_KEYWORDS) {
    const map = schema[keyword];
    if (isSchemaObject(map)) {
      copy[keyword] = Object.fromEntries(Object.entries(map).map(([name, one]) => [name, preparedSchema(one)]));
    }
  }
  return 'contains' in copy && 'prefixItems' in copy ? containsApart(copy) : copy;
}

const CONTAINS = ['contains', 'minContains', 'maxContains'];

/** Beside `prefixItems` the validator passes over `contains` where a list is empty; in a schema of its own it does not. */
function containsApart(schema: SchemaObject): SchemaObject {
  const those = (isApart: boolean) =>
    Object.fromEntries(Object.entries(schema).filter(([keyword]) => CONTAINS.includes(keyword) === isApart));
  const apart = those(true);
  return { ...those(false), allOf: [...listOf(schema['allOf']), { [COST]: new Cost(apart), ...apart }] };
}
