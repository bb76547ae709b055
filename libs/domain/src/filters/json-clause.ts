import { isJsonObject } from '../intake/event-rules.js';
import { isPlain } from './json-operators.js';
import type { Steps } from './steps.js';

/** Deeper lists in lists are looked into by no filter. */
const DEEPEST_LISTS = 16;
const LONGEST_SHOWN = 60;

/** A part of a filter. What is missing is undefined. */
export interface Clause {
  /** @throws TooManyStepsError */
  fits(value: unknown, steps: Steps): boolean;
  /**
   * Of a value that does not fit: the part that decided, where, and what is there instead. `at`: the value's path.
   * @throws TooManyStepsError
   */
  whyNot(value: unknown, at: string, steps: Steps): string;
}

/** A plain value fits itself, and a list that holds it. */
export class IsClause implements Clause {
  constructor(private readonly wanted: string | number | boolean | null) {}

  fits(value: unknown, steps: Steps, depth = 0): boolean {
    steps.spend();
    if (!Array.isArray(value)) return value === this.wanted;
    return depth < DEEPEST_LISTS && value.some((item) => this.fits(item, steps, depth + 1));
  }

  whyNot(value: unknown, at: string): string {
    return unfit(at, shownOperand(this.wanted), value);
  }
}

/** A list fits one that holds something that fits, for each of its items. */
export class HoldsClause implements Clause {
  constructor(private readonly wanted: readonly Clause[]) {}

  fits(value: unknown, steps: Steps): boolean {
    steps.spend();
    return Array.isArray(value) && this.wanted.every((clause) => value.some((item) => clause.fits(item, steps)));
  }

  whyNot(value: unknown, at: string, steps: Steps): string {
    if (!Array.isArray(value)) return unfit(at, 'a list', value);
    const missing = this.wanted.findIndex((clause) => !value.some((item) => clause.fits(item, steps)));
    return `${at}: no item fits [${String(missing)}]`;
  }
}

/** An object of which each named field fits; or a list with such an object. */
export class FieldsClause implements Clause {
  constructor(
    private readonly fields: readonly (readonly [name: string, clause: Clause])[],
    /** What is said of the same object in other words: $or, $and, $not. */
    private readonly also: readonly Clause[],
  ) {}

  fits(value: unknown, steps: Steps, depth = 0): boolean {
    steps.spend();
    if (Array.isArray(value)) return depth < DEEPEST_LISTS && value.some((item) => this.fits(item, steps, depth + 1));
    if (!isJsonObject(value)) return false;
    for (const [name, clause] of this.fields) {
      if (!clause.fits(memberOf(value, name), steps)) return false;
    }
    for (const clause of this.also) {
      if (!clause.fits(value, steps)) return false;
    }
    return true;
  }

  whyNot(value: unknown, at: string, steps: Steps): string {
    if (Array.isArray(value)) return `${at}: none of ${String(value.length)} items fits`;
    if (!isJsonObject(value)) return unfit(at, 'an object', value);
    const field = this.fields.find(([name, clause]) => !clause.fits(memberOf(value, name), steps));
    if (field === undefined) return unfitOf(this.also, value, at, steps);
    const [name, clause] = field;
    return clause.whyNot(memberOf(value, name), at === '' ? name : `${at}.${name}`, steps);
  }
}

export class OperatorClause implements Clause {
  constructor(
    private readonly name: string,
    private readonly operand: unknown,
    private readonly holds: (value: unknown, steps: Steps) => boolean,
  ) {}

  fits(value: unknown, steps: Steps): boolean {
    steps.spend();
    return this.holds(value, steps);
  }

  whyNot(value: unknown, at: string): string {
    return unfit(at, `${this.name} ${shownOperand(this.operand)}`, value);
  }
}

export class AllClause implements Clause {
  constructor(private readonly clauses: readonly Clause[]) {}

  fits(value: unknown, steps: Steps): boolean {
    steps.spend();
    return this.clauses.every((clause) => clause.fits(value, steps));
  }

  whyNot(value: unknown, at: string, steps: Steps): string {
    return unfitOf(this.clauses, value, at, steps);
  }
}

export class AnyClause implements Clause {
  constructor(private readonly clauses: readonly Clause[]) {}

  fits(value: unknown, steps: Steps): boolean {
    steps.spend();
    return this.clauses.some((clause) => clause.fits(value, steps));
  }

  whyNot(value: unknown, at: string, steps: Steps): string {
    const first = this.clauses[0]?.whyNot(value, at, steps) ?? '';
    const [count, before] = [this.clauses.length, at === '' ? '' : `${at} `];
    return count === 1 ? first : `${before}$or: none of ${String(count)} fits, the first since ${first}`;
  }
}

export class NotClause implements Clause {
  constructor(
    private readonly clause: Clause,
    private readonly pattern: unknown,
  ) {}

  fits(value: unknown, steps: Steps): boolean {
    steps.spend();
    return !this.clause.fits(value, steps);
  }

  whyNot(_: unknown, at: string): string {
    return `${at === '' ? '' : `${at} `}$not ${shownOperand(this.pattern)}: it fits that`;
  }
}

function unfitOf(clauses: readonly Clause[], value: unknown, at: string, steps: Steps): string {
  return clauses.find((clause) => !clause.fits(value, steps))?.whyNot(value, at, steps) ?? '';
}

/** Its own: what every object inherits is no field of a message. */
function memberOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** 'data.rating.score $gte 4: is 2' */
const unfit = (at: string, wanted: string, value: unknown): string =>
  `${at === '' ? '' : `${at} `}${wanted}: is ${shownValue(value)}`;

/** Filters are small, and shown as they were written. */
function shownOperand(operand: unknown): string {
  return shortened(JSON.stringify(operand));
}

/** A message may hold anything: of what is large only what it is. */
function shownValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return shortened(JSON.stringify(value.slice(0, LONGEST_SHOWN + 1).toWellFormed()));
  if (isPlain(value)) return String(value);
  return Array.isArray(value) ? `a list of ${String(value.length)}` : 'an object';
}

const shortened = (text: string): string =>
  text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…`;
