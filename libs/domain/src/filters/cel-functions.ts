import { celEnv, celList, isCelList, isCelMap, type CelEnv, type CelValue } from '@bufbuild/cel';
import { RegexMemory } from './cel-regex.js';
import { searchSteps, Steps } from './steps.js';

/** Functions of our own, by names that nobody can write: see cel-syntax.ts. */
export const RANGE = '@range';
export const TURN = '@turn';

type Functions = CelEnv['funcs'];
type FunctionGroup = NonNullable<ReturnType<Functions['find']>>;
type Call = FunctionGroup['call'];

/** Names of the time zone database are looked up, which takes as long as everything else together. */
const TIME_ZONE_STEPS = 200;
const CHARACTERS_A_STEP = 16;

/** Of the evaluation under way: they are synchronous, and one after another. */
let steps = new Steps();

/** Runs an evaluation whose functions count their steps. @throws TooManyStepsError */
export function metered<T>(by: Steps, evaluate: () => T): T {
  const before = steps;
  steps = by;
  try {
    return evaluate();
  } finally {
    steps = before;
  }
}

const STANDARD = celEnv();
const REGEXES = new RegexMemory();

const OWN: ReadonlyMap<string, Call> = new Map<string, Call>([
  [
    RANGE,
    (_id, _target, [over]) => {
      if (isCelList(over) || isCelMap(over)) steps.spend(over.size);
      return over;
    },
  ],
  [
    TURN,
    (_id, _target, [condition, parts]) => {
      steps.spend(Number(parts));
      return condition;
    },
  ],
]);

const groups = new Map<string, FunctionGroup | undefined>();

export function isCelFunction(name: string): boolean {
  return UNCOUNTED.has(name) || STANDARD.funcs.find(name) !== undefined;
}

/** What the planner sees to without a function. Their number is that of the parts of the expression. */
const UNCOUNTED = new Set(['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false', '__not_strictly_false__']);

/**
 * The standard functions, each counting what it works on. What throws in there ends the whole evaluation, where an error of
 * CEL's own could be passed over by an "or".
 */
export const METERED_ENV = Object.create(STANDARD, {
  funcs: { value: { find: groupOf, [Symbol.iterator]: () => STANDARD.funcs[Symbol.iterator]() } },
}) as CelEnv;

function groupOf(name: string): FunctionGroup | undefined {
  if (!groups.has(name)) groups.set(name, meteredGroup(name));
  return groups.get(name);
}

function meteredGroup(name: string): FunctionGroup | undefined {
  const own = OWN.get(name);
  const standard = STANDARD.funcs.find(name);
  const call = own ?? (standard && meteredCall(name, standard));
  return call && { name, call, [Symbol.iterator]: () => [][Symbol.iterator]() };
}

function meteredCall(name: string, group: FunctionGroup): Call {
  switch (name) {
    case '_==_':
    case '_!=_':
      return (id, target, args) => {
        const [one, other] = args;
        if (isComposite(one) && isComposite(other)) spendAll(args);
        else spendOn(CHARACTERS_A_STEP, target, args);
        return group.call(id, target, args);
      };
    case '@in':
      return (id, target, args) => {
        spendAll(args);
        return group.call(id, target, args);
      };
    case '_+_':
      return (id, target, args) => {
        spendOn(CHARACTERS_A_STEP, target, args);
        const [one, other] = args;
        // Lists joined from lists would be gone through level by level.
        if (isCelList(one) && isCelList(other)) return celList([...one, ...other]);
        return group.call(id, target, args);
      };
    case 'contains':
      return (id, target, args) => {
        const [part] = args;
        if (typeof target === 'string' && typeof part === 'string') steps.spend(1 + searchSteps(target, part));
        return group.call(id, target, args);
      };
    case 'matches':
      return (id, target, args) => {
        const [pattern] = args;
        if (typeof target !== 'string' || typeof pattern !== 'string') return group.call(id, target, args);
        return REGEXES.test(pattern, target, steps);
      };
    case 'int':
    case 'uint':
    case 'double':
    case 'timestamp':
    case 'duration':
      return (id, target, args) => {
        spendOn(1, target, args);
        return group.call(id, target, args);
      };
    default:
      return (id, target, args) => {
        if (target !== undefined && args.length === 1 && name.startsWith('get')) steps.spend(TIME_ZONE_STEPS);
        spendOn(CHARACTERS_A_STEP, target, args);
        return group.call(id, target, args);
      };
  }
}

function spendOn(perStep: number, target: CelValue | undefined, args: readonly CelValue[]): void {
  let count = 1;
  if (target !== undefined) count += lengthOf(target, perStep);
  for (const arg of args) count += lengthOf(arg, perStep);
  steps.spend(count);
}

function lengthOf(value: CelValue, perStep: number): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length / perStep);
  // Lists and maps are passed on as they are, but for joining, which copies them.
  return isCelList(value) && perStep === CHARACTERS_A_STEP ? value.size : 0;
}

/** Comparing goes as deep as the values are. */
function spendAll(values: Iterable<CelValue>): void {
  for (const value of values) {
    steps.spend();
    if (isCelList(value)) spendAll(value);
    else if (isCelMap(value)) spendAll(value.values());
  }
}

const isComposite = (value: CelValue | undefined): boolean => isCelList(value) || isCelMap(value);
