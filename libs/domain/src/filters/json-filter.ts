import { isJsonObject } from '../intake/event-rules.js';
import { FilterRefusedError, type FilterPlace } from './content-filter.js';
import { FILTER_FIELDS, type JsonSubject } from './filter-subject.js';
import {
  AllClause,
  AnyClause,
  FieldsClause,
  HoldsClause,
  IsClause,
  NotClause,
  OperatorClause,
  type Clause,
} from './json-clause.js';
import { isPlain, OPERATORS } from './json-operators.js';
import type { Steps } from './steps.js';

const DEEPEST = 20;
const MOST_PARTS = 500;

const LOGICAL = ['$or', '$and', '$not'] as const;
const KNOWN = [...OPERATORS.keys(), ...LOGICAL];

/** A filter of the JSON dialect that Hookdeck and Outpost have, with strict types. */
export class JsonFilter {
  private readonly clause: Clause;

  /** @throws FilterRefusedError */
  constructor(pattern: unknown, place: FilterPlace) {
    this.clause = new PatternReader().top(pattern, place);
  }

  /** @throws TooManyStepsError */
  fits(subject: JsonSubject, steps: Steps): boolean {
    return this.clause.fits(subject, steps);
  }

  /** @throws TooManyStepsError */
  whyNot(subject: JsonSubject, steps: Steps): string {
    return this.clause.whyNot(subject, '', steps);
  }
}

/** Makes clauses of a pattern, and refuses what could never be meant. */
class PatternReader {
  private parts = 0;

  top(pattern: unknown, place: FilterPlace): Clause {
    if (!isJsonObject(pattern)) throw refused('filter_syntax', place, 'is no object');
    return this.about(pattern, place, 0);
  }

  /** On the level where names are those of the message, or of what is said of it in `$or`, `$and` and `$not`. */
  private about(pattern: unknown, place: FilterPlace, depth: number): Clause {
    if (!isJsonObject(pattern)) throw refused('filter_syntax', place, 'is no object');
    for (const name of Object.keys(pattern)) {
      if (OPERATORS.has(name)) {
        throw refused('filter_operator', [...place, name], 'looks at one field, and stands below the name of one');
      }
      if (!name.startsWith('$') && !FILTER_FIELDS.some((known) => known === name)) {
        const like = name === 'topic' ? ': what others call topic is its type' : '';
        throw refused(
          'filter_field',
          [...place, name],
          `is nothing that a filter sees, which is ${FILTER_FIELDS.join(', ')}${like}`,
        );
      }
    }
    return this.object(pattern, place, depth, (inner, at, deeper) => this.about(inner, at, deeper));
  }

  private value(pattern: unknown, place: FilterPlace, depth: number): Clause {
    this.count(place, depth);
    if (isPlain(pattern)) return new IsClause(pattern);
    if (Array.isArray(pattern)) {
      if (pattern.length === 0) throw refused('filter_syntax', place, 'is empty, and would fit every list');
      return new HoldsClause(pattern.map((item, at) => this.value(item, [...place, at], depth + 1)));
    }
    if (!isJsonObject(pattern)) throw refused('filter_syntax', place, 'is no JSON');
    return this.object(pattern, place, depth, (inner, at, deeper) => this.value(inner, at, deeper));
  }

  /** `inner`: reads what `$or`, `$and` and `$not` hold, which is about the same. */
  private object(
    pattern: Readonly<Record<string, unknown>>,
    place: FilterPlace,
    depth: number,
    inner: (pattern: unknown, place: FilterPlace, depth: number) => Clause,
  ): Clause {
    this.count(place, depth);
    const clauses: Clause[] = [];
    const fields: [string, Clause][] = [];
    for (const [name, of] of Object.entries(pattern)) {
      const at = [...place, name];
      if (!name.startsWith('$')) fields.push([name, this.value(of, at, depth + 1)]);
      else if (OPERATORS.has(name)) clauses.push(this.operator(name, of, at, depth));
      else clauses.push(this.logical(name, of, at, (each, where) => inner(each, where, depth + 1)));
    }
    const operator = Object.keys(pattern).find((name) => OPERATORS.has(name));
    if (fields.length > 0 && operator !== undefined) {
      throw refused('filter_operator', [...place, operator], 'stands beside names of fields: say it of one field');
    }
    if (fields.length > 0) return new FieldsClause(fields, clauses);
    const [only] = clauses;
    if (only === undefined) throw refused('filter_syntax', place, 'is empty, and says nothing');
    return clauses.length === 1 ? only : new AllClause(clauses);
  }

  private operator(name: string, operand: unknown, place: FilterPlace, depth: number): Clause {
    const kind = OPERATORS.get(name);
    this.literal(operand, place, depth);
    const holds = kind?.of(operand);
    if (holds === undefined) throw refused('filter_operand', place, `takes ${kind?.takes ?? 'something else'}`);
    return new OperatorClause(name, operand, holds);
  }

  private logical(
    name: string,
    of: unknown,
    place: FilterPlace,
    read: (pattern: unknown, place: FilterPlace) => Clause,
  ): Clause {
    if (name === '$not') return new NotClause(read(of, place), of);
    if (name !== '$or' && name !== '$and') throw refused('filter_operator', place, unknownOperator(name));
    if (!Array.isArray(of) || of.length === 0) throw refused('filter_operand', place, 'takes a list of patterns');
    const clauses = of.map((each, at) => read(each, [...place, at]));
    return name === '$or' ? new AnyClause(clauses) : new AllClause(clauses);
  }

  /** A value that is compared with as a whole. */
  private literal(value: unknown, place: FilterPlace, depth: number): void {
    this.count(place, depth);
    if (typeof value !== 'object' || value === null) return;
    for (const inner of Object.values(value)) this.literal(inner, place, depth + 1);
  }

  private count(place: FilterPlace, depth: number): void {
    this.parts += 1;
    if (depth > DEEPEST) throw refused('filter_size', place, `is nested more than ${String(DEEPEST)} levels deep`);
    if (this.parts > MOST_PARTS) throw refused('filter_size', place, `has more than ${String(MOST_PARTS)} parts`);
  }
}

function unknownOperator(name: string): string {
  if (name === '$ref') return 'is not taken: a filter compares with values, not with other fields. CEL does';
  return `is no operator. There are ${KNOWN.join(', ')}`;
}

const refused = (code: FilterRefusedError['code'], place: FilterPlace, reason: string): FilterRefusedError =>
  new FilterRefusedError(code, place, reason);
