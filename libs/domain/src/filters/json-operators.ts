import { isJsonObject } from '../intake/event-rules.js';
import { searchSteps, type Steps } from './steps.js';

type Operator = (value: unknown, steps: Steps) => boolean;

/** What an operator makes of its operand; undefined for one that it cannot be held against. */
interface OperatorKind {
  readonly of: (operand: unknown) => Operator | undefined;
  readonly takes: string;
}

/**
 * Types are strict: 4 is not "4", and nothing of another type is greater or less. A missing field fits `$exist: false`
 * and nothing else. Held against a list, `$eq` and `$neq` look at all of it, the others at its items.
 */
export const OPERATORS: ReadonlyMap<string, OperatorKind> = new Map<string, OperatorKind>([
  ['$eq', { takes: 'any value', of: (operand) => (value, steps) => isEqual(value, operand, steps) }],
  [
    '$neq',
    {
      takes: 'any value',
      of: (operand) => (value, steps) => value !== undefined && !isEqual(value, operand, steps),
    },
  ],
  ['$gt', ordered((value, operand) => value > operand)],
  ['$gte', ordered((value, operand) => value >= operand)],
  ['$lt', ordered((value, operand) => value < operand)],
  ['$lte', ordered((value, operand) => value <= operand)],
  ['$in', { takes: 'a list of plain values, or a text', of: among }],
  ['$nin', { takes: 'a list of plain values, or a text', of: notAmong }],
  ['$startsWith', textual((value, operand) => value.startsWith(operand))],
  ['$endsWith', textual((value, operand) => value.endsWith(operand))],
  [
    '$exist',
    {
      takes: 'true or false',
      of: (operand) => (typeof operand === 'boolean' ? (value) => (value !== undefined) === operand : undefined),
    },
  ],
]);

/** Numbers with numbers, and texts with texts by their UTF-16 units, in which RFC 3339 times of one zone are in order. */
function ordered(holds: (value: string | number, operand: string | number) => boolean): OperatorKind {
  return {
    takes: 'a number or a text',
    of: (operand) => {
      if (typeof operand !== 'number' && typeof operand !== 'string') return undefined;
      return someItem((item) => typeof item === typeof operand && holds(item as string | number, operand));
    },
  };
}

function textual(holds: (value: string, operand: string) => boolean): OperatorKind {
  return {
    takes: 'a text, or a list of texts',
    of: (operand) => {
      const texts: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
      if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) return undefined;
      return someItem((item, steps) => {
        steps.spend(texts.length);
        return typeof item === 'string' && texts.some((text) => holds(item, text));
      });
    },
  };
}

/** In a list; or, of a text: part of a text, or an item of a list. */
function among(operand: unknown): Operator | undefined {
  if (typeof operand === 'string') {
    const isItem = someItem((item) => item === operand);
    return (value, steps) => {
      if (typeof value !== 'string') return Array.isArray(value) && isItem(value, steps);
      steps.spend(searchSteps(value, operand));
      return value.includes(operand);
    };
  }
  if (!Array.isArray(operand) || operand.length === 0 || !operand.every(isPlain)) return undefined;
  const set = new Set<unknown>(operand);
  return someItem((item) => set.has(item));
}

function notAmong(operand: unknown): Operator | undefined {
  const isAmong = among(operand);
  if (isAmong === undefined) return undefined;
  // Not in a text is what a text may be; not in a list also a number.
  const isJudged = (value: unknown): boolean =>
    Array.isArray(value) || (typeof operand === 'string' ? typeof value === 'string' : isPlain(value));
  return (value, steps) => isJudged(value) && !isAmong(value, steps);
}

/** The value, or, where it is a list, any of its items. */
function someItem(holds: (item: unknown, steps: Steps) => boolean): Operator {
  return (value, steps) => {
    if (!Array.isArray(value)) return holds(value, steps);
    for (const item of value) {
      steps.spend();
      if (holds(item, steps)) return true;
    }
    return false;
  };
}

const NAMES_A_STEP = 8;

/** The order of an object's members means nothing. */
function isEqual(value: unknown, operand: unknown, steps: Steps): boolean {
  steps.spend();
  if (value === operand) return true;
  if (Array.isArray(operand)) {
    return (
      Array.isArray(value) &&
      value.length === operand.length &&
      operand.every((item, at) => isEqual(value[at], item, steps))
    );
  }
  if (!isJsonObject(operand) || !isJsonObject(value)) return false;
  const names = Object.keys(operand);
  const { length } = Object.keys(value);
  // Counting them goes through all of them, and a payload may have very many.
  steps.spend(Math.floor(length / NAMES_A_STEP));
  return (
    names.length === length &&
    names.every((name) => Object.hasOwn(value, name) && isEqual(value[name], operand[name], steps))
  );
}

export const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
