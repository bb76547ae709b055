import { isSameJson, listOf, type SchemaObject } from '../keywords.js';
import { kindsOf, listedValues, type Facts } from './facts.js';
import type { SchemaBreak, SchemaBreakCode } from './schema-break.js';

export type Path = readonly string[];

export const broken = (at: Path, code: SchemaBreakCode, reason: string): SchemaBreak => ({ at, code, reason });
export const changed = (at: Path): SchemaBreak =>
  broken(at, 'rule-changed', 'was changed, and nobody can tell from it alone that receivers read on');

export function typesOf(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
  const allowed = kindsOf(before);
  const added = [...facts.kinds].filter((kind) => !allowed.has(kind));
  if (added.length === 0) return [];
  const names = added.map((kind) => (kind === 'fraction' ? 'number' : kind)).join(', ');
  return [broken([...at, 'type'], 'type-widened', `allows ${names}, which it did not`)];
}

export function valuesOf(before: SchemaObject, { values }: Facts, at: Path): readonly SchemaBreak[] {
  const known = listedValues(before);
  if (known === undefined) return [];
  const place = [...at, 'const' in before ? 'const' : 'enum'];
  if (values === undefined) return [broken(place, 'values-added', 'its values are no longer listed')];
  const added = values.filter((value) => !known.some((one) => isSameJson(one, value)));
  if (added.length === 0) return [];
  return [broken(place, 'values-added', `allows ${added.slice(0, 5).map(shown).join(', ')}, which it did not`)];
}

export function requiredOf(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
  if (!facts.kinds.has('object')) return [];
  const always = new Set(facts.parts.flatMap((part) => listOf(part['required'])));
  const missing = listOf(before['required']).filter((name) => !always.has(name));
  return missing.map((name) =>
    broken([...at, 'required'], 'no-longer-required', `${shown(name)} was always there, and may be absent now`),
  );
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 80);
