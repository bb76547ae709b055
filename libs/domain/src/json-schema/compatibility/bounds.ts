import type { SchemaObject } from '../keywords.js';
import { isNumeric, type Facts, type Kind } from './facts.js';

/** A bound of a value's number, length or size. */
interface Bound {
  readonly keyword: string;
  readonly kinds: readonly Kind[];
  readonly side: 'least' | 'most';
  readonly isExclusive: boolean;
  /** Other keywords that bound the same from the same side. */
  readonly beside: readonly string[];
  readonly measure: (value: unknown) => number;
}

const NUMBERS: readonly Kind[] = ['integer', 'fraction'];
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
const size = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0);
// Characters, not the halves that some of them are written as.
const characters = (value: unknown): number => (typeof value === 'string' ? Array.from(value).length : 0);

const bound = (
  keyword: string,
  kinds: readonly Kind[],
  side: Bound['side'],
  measure: Bound['measure'],
  beside: readonly string[] = [],
): Bound => ({ keyword, kinds, side, measure, beside, isExclusive: keyword.startsWith('exclusive') });

const BOUNDS: readonly Bound[] = [
  bound('minimum', NUMBERS, 'least', number, ['exclusiveMinimum']),
  bound('exclusiveMinimum', NUMBERS, 'least', number, ['minimum']),
  bound('maximum', NUMBERS, 'most', number, ['exclusiveMaximum']),
  bound('exclusiveMaximum', NUMBERS, 'most', number, ['maximum']),
  bound('minLength', ['string'], 'least', characters),
  bound('maxLength', ['string'], 'most', characters),
  bound('minItems', ['array'], 'least', size),
  bound('maxItems', ['array'], 'most', size),
  bound('minProperties', ['object'], 'least', size),
  bound('maxProperties', ['object'], 'most', size),
];

/** Keywords of a schema that bound something which the facts do not bound as tightly. */
export function loosenedBounds(before: SchemaObject, facts: Facts): readonly string[] {
  const loosened = BOUNDS.filter((each) => {
    const limit = before[each.keyword];
    if (typeof limit !== 'number' || !each.kinds.some((kind) => facts.kinds.has(kind))) return false;
    return !isKept(each, limit, facts);
  }).map(({ keyword }) => keyword);
  const unit = before['multipleOf'];
  return typeof unit === 'number' && !isMultipleKept(unit, facts) ? [...loosened, 'multipleOf'] : loosened;
}

function isKept(each: Bound, limit: number, { parts, values }: Facts): boolean {
  const listed = values?.filter((value) => each.kinds.includes(kindOfMeasured(value)));
  if (listed?.every((value) => isWithin(each, limit, each.measure(value)) && !isOn(each, limit, value)) === true) {
    return true;
  }
  return [each.keyword, ...each.beside].some((keyword) =>
    parts.some((part) => {
      const own = part[keyword];
      if (typeof own !== 'number' || !isWithin(each, limit, own)) return false;
      // The same number is as tight, unless only the older bound left it out.
      return own !== limit || !each.isExclusive || keyword === each.keyword;
    }),
  );
}

const isWithin = ({ side }: Bound, limit: number, value: number): boolean =>
  side === 'least' ? value >= limit : value <= limit;
const isOn = (each: Bound, limit: number, value: unknown): boolean => each.isExclusive && each.measure(value) === limit;

function kindOfMeasured(value: unknown): Kind {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'array' : 'object';
}

function isMultipleKept(unit: number, { parts, kinds, values }: Facts): boolean {
  if (![...kinds].some(isNumeric)) return true;
  if (unit === 1 && !kinds.has('fraction')) return true;
  const isMultiple = (value: unknown): boolean =>
    value === unit || (Number.isSafeInteger(value) && Number.isSafeInteger(unit) && (value as number) % unit === 0);
  if (values?.every((value) => typeof value !== 'number' || isMultiple(value)) === true) return true;
  return parts.some((part) => isMultiple(part['multipleOf']));
}
