import { parse, unparse } from '@bufbuild/cel';
import { FilterRefusedError, type FilterPlace } from './content-filter.js';
import { regexRefusal } from './cel-regex.js';
import { FILTER_FIELDS } from './filter-subject.js';
import { RANGE, TURN } from './cel-functions.js';

export type CelExpression = ReturnType<typeof parse>['expr'];

/** One of the conditions that are joined by && on the outside, each of which has to be true. */
export interface CelCondition {
  readonly text: string;
  readonly expression: CelExpression;
}

const LONGEST_SOURCE = 4_096;
/** Of brackets, before the parser sees them: it is made of functions that call themselves. */
const DEEPEST_BRACKETS = 32;
const DEEPEST = 64;
const MOST_PARTS = 500;

const AND = '_&&_';
const TYPES = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'];

/**
 * Reads a condition in CEL, and refuses what could never be meant or would be too much work.
 * `isFunction`: whether there is one of this name.
 * @throws FilterRefusedError
 */
export function readCel(
  source: string,
  place: FilterPlace,
  isFunction: (name: string) => boolean,
): readonly CelCondition[] {
  if (source.length > LONGEST_SOURCE) {
    throw new FilterRefusedError('filter_size', place, `has more than ${String(LONGEST_SOURCE)} characters`);
  }
  const tree = parsed(source, place);
  const { expr: expression } = tree;
  new Reader(place, isFunction).visit(expression, 0, new Set<string>(FILTER_FIELDS));
  // Texts first: counting changes the expressions.
  const conditions = conjuncts(expression).map((each) => ({
    text: unparse({ ...tree, expr: each }),
    expression: each,
  }));
  for (const condition of conditions) counted(condition.expression);
  return conditions;
}

function parsed(source: string, place: FilterPlace): ReturnType<typeof parse> {
  let depth = 0;
  for (const character of source) {
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (depth > DEEPEST_BRACKETS) throw tooDeep(place);
  }
  try {
    return parse(source);
  } catch (error) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : messageOf(error);
    throw new FilterRefusedError('filter_syntax', place, `is no CEL: ${reason}`);
  }
}

/** '<input>:1:5: found = but expecting …' */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^<input>:/, 'at ').slice(0, 300);

/** What is joined by && anywhere on the outside: one that is not true is enough, whatever became of the others. */
function conjuncts(expression: CelExpression): readonly CelExpression[] {
  const { exprKind } = expression;
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== AND) return [expression];
  return exprKind.value.args.flatMap(conjuncts);
}

class Reader {
  private parts = 0;

  constructor(
    private readonly place: FilterPlace,
    private readonly isFunction: (name: string) => boolean,
  ) {}

  visit(expression: CelExpression | undefined, depth: number, names: ReadonlySet<string>): void {
    this.parts += 1;
    if (this.parts > MOST_PARTS) {
      throw new FilterRefusedError('filter_size', this.place, `has more than ${String(MOST_PARTS)} parts`);
    }
    if (depth > DEEPEST) throw tooDeep(this.place);
    const inside = (inner: CelExpression | undefined): void => {
      this.visit(inner, depth + 1, names);
    };
    const kind = expression?.exprKind;
    switch (kind?.case) {
      case 'constExpr':
        return;
      case 'identExpr':
        this.name(kind.value.name, names);
        return;
      case 'selectExpr':
        inside(kind.value.operand);
        return;
      case 'callExpr':
        this.call(kind.value.function, kind.value.args);
        if (kind.value.target !== undefined) inside(kind.value.target);
        kind.value.args.forEach(inside);
        return;
      case 'listExpr':
        kind.value.elements.forEach(inside);
        return;
      case 'structExpr':
        if (kind.value.messageName !== '') throw this.unknown(`the type ${kind.value.messageName}`);
        for (const { keyKind, value } of kind.value.entries) {
          if (keyKind.case === 'mapKey') inside(keyKind.value);
          inside(value);
        }
        return;
      case 'comprehensionExpr': {
        const { iterRange, accuInit, iterVar, accuVar, loopCondition, loopStep, result } = kind.value;
        inside(iterRange);
        inside(accuInit);
        const within = new Set([...names, iterVar, accuVar]);
        for (const inner of [loopCondition, loopStep, result]) this.visit(inner, depth + 1, within);
        return;
      }
      case undefined:
        throw new FilterRefusedError('filter_syntax', this.place, 'is no CEL: a part of it is empty');
    }
  }

  private name(name: string, names: ReadonlySet<string>): void {
    if (names.has(name) || TYPES.includes(name)) return;
    const sees = `which is ${FILTER_FIELDS.join(', ')}`;
    throw new FilterRefusedError('filter_field', this.place, `names ${name}, nothing that a filter sees, ${sees}`);
  }

  private call(name: string, args: readonly CelExpression[]): void {
    if (!this.isFunction(name)) throw this.unknown(`the function ${name}`);
    if (name !== 'matches') return;
    const pattern = args.at(-1)?.exprKind;
    if (pattern?.case !== 'constExpr' || pattern.value.constantKind.case !== 'stringValue') {
      throw new FilterRefusedError('filter_operand', this.place, 'matches() takes a regular expression written out');
    }
    const refusal = regexRefusal(pattern.value.constantKind.value);
    if (refusal !== undefined) throw new FilterRefusedError('filter_operand', this.place, refusal);
  }

  private unknown(what: string): FilterRefusedError {
    return new FilterRefusedError('filter_operator', this.place, `names ${what}, which there is not`);
  }
}

const tooDeep = (place: FilterPlace): FilterRefusedError =>
  new FilterRefusedError('filter_size', place, 'is nested too deeply');

/** Has every macro over a list or map count what it goes over, and each turn as many steps as its body has parts. */
function counted(expression: CelExpression | undefined): number {
  const kind = expression?.exprKind;
  switch (kind?.case) {
    case 'selectExpr':
      return 1 + counted(kind.value.operand);
    case 'callExpr':
      return [kind.value.target, ...kind.value.args].reduce((sum, each) => sum + counted(each), 1);
    case 'listExpr':
      return kind.value.elements.reduce((sum, each) => sum + counted(each), 1);
    case 'structExpr':
      return kind.value.entries.reduce(
        (sum, { keyKind, value }) => sum + counted(value) + (keyKind.case === 'mapKey' ? counted(keyKind.value) : 0),
        1,
      );
    case 'comprehensionExpr': {
      const { value } = kind;
      const outside = counted(value.iterRange) + counted(value.accuInit) + counted(value.result);
      const turn = counted(value.loopCondition) + counted(value.loopStep);
      if (value.iterRange !== undefined) value.iterRange = call(RANGE, [value.iterRange]);
      if (value.loopCondition !== undefined) value.loopCondition = call(TURN, [value.loopCondition, integer(turn)]);
      return outside + turn;
    }
    case 'constExpr':
    case 'identExpr':
    case undefined:
      return 1;
  }
}

function call(name: string, args: CelExpression[]): CelExpression {
  const value = { $typeName: 'cel.expr.Expr.Call', function: name, args } as const;
  return { $typeName: 'cel.expr.Expr', id: 0n, exprKind: { case: 'callExpr', value } };
}

function integer(of: number): CelExpression {
  const constantKind = { case: 'int64Value', value: BigInt(of) } as const;
  const value = { $typeName: 'cel.expr.Constant', constantKind } as const;
  return { $typeName: 'cel.expr.Expr', id: 0n, exprKind: { case: 'constExpr', value } };
}
