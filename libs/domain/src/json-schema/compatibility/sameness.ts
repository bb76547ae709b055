import {
  isSameJson,
  isSchemaObject,
  listOf,
  resolveReference,
  SCHEMA_KEYWORDS,
  SCHEMA_LIST_KEYWORDS,
  VALUE_KEYWORDS,
  type SchemaObject,
} from '../keywords.js';

// Definitions count where something refers to them.
const MAPS = ['properties', 'patternProperties', 'dependentSchemas'] as const;
type Pairs = Map<object, Set<object>>;

/** Whether two schemas decide alike, word for word: what only describes does not count, and references are followed. */
export class Sameness {
  constructor(
    private readonly beforeRoot: unknown,
    private readonly afterRoot: unknown,
  ) {}

  is(before: unknown, after: unknown, assumed: Pairs = new Map()): boolean {
    if (!isSchemaObject(before) || !isSchemaObject(after)) return before === after;
    const known = assumed.get(before) ?? new Set();
    if (known.has(after)) return true;
    assumed.set(before, known.add(after));
    return (
      this.isSameReference(before, after, assumed) &&
      VALUE_KEYWORDS.every((keyword) => isSameJson(before[keyword], after[keyword])) &&
      SCHEMA_KEYWORDS.every((keyword) => this.is(before[keyword], after[keyword], assumed)) &&
      SCHEMA_LIST_KEYWORDS.every((keyword) => this.areAll(before[keyword], after[keyword], assumed)) &&
      MAPS.every((keyword) => this.areByName(before[keyword], after[keyword], assumed))
    );
  }

  /** Of some keywords alone. */
  ofKeywords(before: SchemaObject, after: SchemaObject, keywords: readonly string[]): boolean {
    const only = (schema: SchemaObject): SchemaObject =>
      Object.fromEntries(keywords.flatMap((keyword) => (keyword in schema ? [[keyword, schema[keyword]]] : [])));
    return this.is(only(before), only(after));
  }

  private isSameReference(before: SchemaObject, after: SchemaObject, assumed: Pairs): boolean {
    const [from, to] = [before['$ref'], after['$ref']];
    if (from === undefined && to === undefined) return true;
    const [was, is] = [resolveReference(this.beforeRoot, from), resolveReference(this.afterRoot, to)];
    return was !== undefined && is !== undefined && this.is(was.found, is.found, assumed);
  }

  private areAll(before: unknown, after: unknown, assumed: Pairs): boolean {
    const [was, is] = [listOf(before), listOf(after)];
    return was.length === is.length && was.every((one, index) => this.is(one, is[index], assumed));
  }

  private areByName(before: unknown, after: unknown, assumed: Pairs): boolean {
    const was = isSchemaObject(before) ? before : {};
    const is = isSchemaObject(after) ? after : {};
    const names = Object.keys(was);
    if (names.length !== Object.keys(is).length) return false;
    return names.every((name) => Object.hasOwn(is, name) && this.is(was[name], is[name], assumed));
  }
}
