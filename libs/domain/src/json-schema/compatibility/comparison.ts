import { isSameJson, isSchemaObject, listOf, resolveReference, type SchemaObject } from '../keywords.js';
import { loosenedBounds } from './bounds.js';
import { Assumptions } from './assumptions.js';
import { factsOf, listedValues, withChoice, type Facts, type Kind } from './facts.js';
import { broken, changed, requiredOf, typesOf, valuesOf, type Path } from './plain-rules.js';
import { Sameness } from './sameness.js';
import { TooIntricateError, type SchemaBreak } from './schema-break.js';

type Check = (facts: Facts) => readonly SchemaBreak[];

// A comparison of schemas that refer to themselves through alternatives could go on for ever.
const MOST_STEPS = 20_000;
const DEEPEST = 120;
const MOST_ITEMS = 1_000;

/** Groups of keywords that are only ever compared word for word, with the types that they say something about. */
const WORD_FOR_WORD: readonly { readonly keywords: readonly string[]; readonly kinds?: readonly Kind[] }[] = [
  { keywords: ['not'] },
  { keywords: ['if', 'then', 'else'] },
  { keywords: ['pattern'], kinds: ['string'] },
  { keywords: ['format'], kinds: ['string'] },
  { keywords: ['uniqueItems'], kinds: ['array'] },
  { keywords: ['contains', 'minContains', 'maxContains'], kinds: ['array'] },
  { keywords: ['dependentRequired'], kinds: ['object'] },
  { keywords: ['dependentSchemas'], kinds: ['object'] },
];

/** Whether every value that one schema allows is allowed by another. Where that cannot be told, the answer is no. */
export class Comparison {
  private steps = 0;
  private readonly assumed = new Assumptions();
  private readonly sameness: Sameness;

  constructor(
    private readonly beforeRoot: unknown,
    private readonly afterRoot: unknown,
  ) {
    this.sameness = new Sameness(beforeRoot, afterRoot);
  }

  /** `afters`: all of them hold. */
  breaks(before: unknown, afters: readonly unknown[], at: Path): readonly SchemaBreak[] {
    const said = afters.filter((one) => one !== true);
    const [only] = said;
    const origin = said.length === 1 && isSchemaObject(only) ? only : undefined;
    // Where schemas come back to a pair that is being compared, any difference shows elsewhere.
    if (this.assumed.holds(before, origin)) return [];
    const facts = factsOf(this.afterRoot, said);
    return facts === undefined ? [] : this.unmet(before, origin === undefined ? facts : { ...facts, origin }, at);
  }

  private unmet(before: unknown, facts: Facts, at: Path): readonly SchemaBreak[] {
    this.steps += 1;
    if (this.steps > MOST_STEPS || at.length > DEEPEST) throw new TooIntricateError();
    if (before === false) return [broken(at, 'type-widened', 'values are allowed where there were none')];
    if (!isSchemaObject(before)) return [];
    return this.checks(before, at).flatMap((check) => {
      if (facts.alternatives.length === 0) return check(facts);
      const found = this.assumed.during(() => check(facts));
      return found.length > 0 && this.isMetByEveryChoice(check, facts) ? [] : found;
    });
  }

  /** One schema of each `anyOf` holds: what all of them ensure is ensured. */
  private isMetByEveryChoice(check: Check, facts: Facts): boolean {
    return facts.alternatives.some((list) =>
      list.every((choice) => {
        this.steps += 1;
        if (this.steps > MOST_STEPS) throw new TooIntricateError();
        const chosen = withChoice(this.afterRoot, facts, list, choice);
        if (chosen === undefined) return true;
        return this.assumed.during(() => check(chosen)).length === 0 || this.isMetByEveryChoice(check, chosen);
      }),
    );
  }

  private checks(before: SchemaObject, at: Path): readonly Check[] {
    const all: Check[] = [
      (facts) => typesOf(before, facts, at),
      (facts) => valuesOf(before, facts, at),
      (facts) =>
        loosenedBounds(before, facts).map((keyword) =>
          broken(
            [...at, keyword],
            'bound-loosened',
            `${keyword} was ${String(before[keyword])}: values beyond it are allowed now`,
          ),
        ),
      (facts) => requiredOf(before, facts, at),
      (facts) => this.members(before, facts, at),
      (facts) => this.names(before, facts, at),
      (facts) => this.items(before, facts, at),
      (facts) => this.anyOf(before, facts, at),
      (facts) => this.oneOf(before, facts, at),
      (facts) => this.unevaluated(before, facts, at),
      ...listOf(before['allOf']).map(
        (one, index): Check =>
          (facts) =>
            this.unmet(one, facts, [...at, 'allOf', String(index)]),
      ),
    ];
    for (const { keywords, kinds } of WORD_FOR_WORD)
      all.push((facts) => this.wordForWord(before, facts, at, keywords, kinds));
    if ('$ref' in before) all.push((facts) => this.reference(before, facts, at));
    return all;
  }

  private reference(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    const target = resolveReference(this.beforeRoot, before['$ref']);
    if (target === undefined)
      return [broken([...at, '$ref'], 'not-comparable', 'what it referred to is not in the schema')];
    return this.assumed.holds(target.found, facts.origin) ? [] : this.unmet(target.found, facts, at);
  }

  private members(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    if (!facts.kinds.has('object')) return [];
    const properties = asMap(before['properties']);
    const known = Object.keys(properties).flatMap((name) => {
      const place = [...at, 'properties', name];
      const isThere = facts.parts.some((part) => Object.hasOwn(asMap(part['properties']), name));
      // Were it let go, a later change could bring the name back as something else.
      if (!isThere)
        return [broken(place, 'field-removed', 'the field is gone: keep it, and mark it as deprecated if need be')];
      return this.breaks(properties[name], this.saidOf(facts, name), place);
    });
    return [...known, ...this.patterns(before, facts, at), ...this.others(before, facts, at)];
  }

  /** Of fields that the schema did not name. */
  private others(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    const rule = before['additionalProperties'];
    if (rule === undefined || rule === true) return [];
    const place = [...at, 'additionalProperties'];
    const properties = asMap(before['properties']);
    const fresh = new Set(facts.parts.flatMap((part) => Object.keys(asMap(part['properties']))));
    const added = [...fresh].filter((name) => !Object.hasOwn(properties, name));
    const refused = added.filter((name) => this.breaks(rule, this.saidOf(facts, name), place).length > 0);
    const isRestKept = facts.parts.some(
      (part) =>
        this.sameness.ofKeywords(before, part, ['patternProperties']) &&
        this.assumed.during(() => this.breaks(rule, [part['additionalProperties'] ?? true], place)).length === 0,
    );
    return [
      ...refused.map((name) =>
        broken(
          [...at, 'properties', name],
          'field-not-foreseen',
          'additionalProperties did not allow the field before',
        ),
      ),
      ...(isRestKept ? [] : [broken(place, 'rule-changed', 'fields are allowed that were not before')]),
    ];
  }

  private patterns(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    if (Object.keys(asMap(before['patternProperties'])).length === 0) return [];
    if (facts.parts.some((part) => this.sameness.ofKeywords(before, part, ['patternProperties']))) return [];
    return [changed([...at, 'patternProperties'])];
  }

  private names(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    if (!('propertyNames' in before) || !facts.kinds.has('object')) return [];
    const afters = facts.parts.flatMap((part) => ('propertyNames' in part ? [part['propertyNames']] : []));
    return this.breaks(before['propertyNames'], [{ type: 'string' }, ...afters], [...at, 'propertyNames']);
  }

  private items(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    if (!facts.kinds.has('array') || !('items' in before || 'prefixItems' in before)) return [];
    const first = listOf(before['prefixItems']);
    const places = Math.max(first.length, ...facts.parts.map((part) => listOf(part['prefixItems']).length));
    if (places > MOST_ITEMS) throw new TooIntricateError();
    const one = Array.from({ length: places }, (_, index) =>
      this.breaks(
        first[index] ?? before['items'] ?? true,
        facts.parts.map((part) => listOf(part['prefixItems'])[index] ?? part['items'] ?? true),
        index < first.length ? [...at, 'prefixItems', String(index)] : [...at, 'items'],
      ),
    );
    const rest = this.breaks(
      before['items'] ?? true,
      facts.parts.map((part) => part['items'] ?? true),
      [...at, 'items'],
    );
    return [...one.flat(), ...rest];
  }

  private anyOf(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    const list = listOf(before['anyOf']);
    if (list.length === 0) return [];
    const place = [...at, 'anyOf'];
    if (list.some((one) => this.assumed.during(() => this.unmet(one, facts, place)).length === 0)) return [];
    return [broken(place, 'rule-changed', 'values are allowed that none of the alternatives allowed before')];
  }

  private oneOf(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    const list = listOf(before['oneOf']);
    if (list.length === 0) return [];
    const isSame = facts.parts.some((part) => this.sameness.ofKeywords(before, part, ['oneOf']));
    if (isSame) return [];
    if (areExclusive(list))
      return this.anyOf({ anyOf: list }, facts, at).map((found) => ({ ...found, at: [...at, 'oneOf'] }));
    return [changed([...at, 'oneOf'])];
  }

  private unevaluated(before: SchemaObject, facts: Facts, at: Path): readonly SchemaBreak[] {
    const keyword = ['unevaluatedProperties', 'unevaluatedItems'].find((name) => name in before);
    // What it is about depends on everything beside it.
    if (keyword === undefined || facts.parts.some((part) => this.sameness.is(before, part))) return [];
    return [changed([...at, keyword])];
  }

  private wordForWord(
    before: SchemaObject,
    facts: Facts,
    at: Path,
    keywords: readonly string[],
    kinds: readonly Kind[] | undefined,
  ): readonly SchemaBreak[] {
    const [keyword = ''] = keywords;
    const isAbout = kinds === undefined || kinds.some((kind) => facts.kinds.has(kind));
    if (!(keyword in before) || !isAbout || (isVoidIfFalse(keyword) && before[keyword] === false)) return [];
    if (facts.parts.some((part) => this.sameness.ofKeywords(before, part, keywords))) return [];
    const isDropped = !facts.parts.some((part) => keyword in part);
    return [
      isDropped ? broken([...at, keyword], 'rule-dropped', `${keyword} no longer holds`) : changed([...at, keyword]),
    ];
  }

  /** What all parts say of one field. */
  private saidOf({ parts }: Facts, name: string): readonly unknown[] {
    return parts.map((part) => {
      const properties = asMap(part['properties']);
      if (Object.hasOwn(properties, name)) return properties[name];
      return 'patternProperties' in part ? true : (part['additionalProperties'] ?? true);
    });
  }
}

/** Whether no value fits two of them: each requires the same field, with values of its own. */
function areExclusive(list: readonly unknown[]): boolean {
  const [first] = list;
  const fields = isSchemaObject(first) ? listOf(first['required']) : [];
  return fields.some((field) => {
    const seen: unknown[] = [];
    return list.every((one) => {
      if (!isSchemaObject(one) || !listOf(one['required']).includes(field) || one['type'] !== 'object') return false;
      const property = asMap(one['properties'])[String(field)];
      const values = isSchemaObject(property) ? listedValues(property) : undefined;
      if (values === undefined || values.some((value) => seen.some((other) => isSameJson(other, value)))) return false;
      seen.push(...values);
      return true;
    });
  });
}

/** `false` says nothing there; as a schema elsewhere (`contains`, `if`) it does. */
const isVoidIfFalse = (keyword: string): boolean => keyword === 'not' || keyword === 'uniqueItems';

const asMap = (value: unknown): SchemaObject => (isSchemaObject(value) ? value : {});
