import { Ajv2020, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { _, type FuncKeywordDefinition, type KeywordCxt } from 'ajv';
import { isSchemaObject, subschemas } from '../json-schema/keywords.js';
import { Budget, BudgetSpentError } from './budget.js';
import { FORMATS } from './formats.js';
import { LinearPattern } from './patterns.js';
import { COST, DISTINCT, preparedSchema } from './prepared-schema.js';

/** What of a payload does not fit the schema of its event type. */
export interface PayloadFault {
  /** In the payload: ['data', 'contact', 'email']. */
  readonly at: readonly string[];
  /** Stable: the keyword of JSON Schema that is not met, or too-costly, too-deep. */
  readonly rule: string;
  /** For people. Holds nothing of the payload's values. */
  readonly reason: string;
}

const MOST_FAULTS = 20;
const LONGEST_NAME = 64;
const LONGEST_WAY = 32;
const UNITS_TO_DECIDE = 500_000;
/** Every fault costs memory: to list them all, less is spent than to find the first. */
const UNITS_TO_EXPLAIN = 100_000;

/** A schema compiled once, for many payloads. Each check is bounded in time, whatever schema and payload are. */
export class PayloadSchema {
  private readonly decide: (payload: unknown) => readonly ErrorObject[];
  private explain: ((payload: unknown) => readonly ErrorObject[]) | undefined;

  /** @throws Error when the schema cannot be compiled */
  constructor(private readonly schema: unknown) {
    this.decide = compiled(schema, UNITS_TO_DECIDE, false);
  }

  /**
   * None: the payload fits.
   * @throws Error where the compiled schema fails by itself
   */
  faults(payload: unknown): readonly PayloadFault[] {
    try {
      const found = this.decide(payload);
      return found.length === 0 ? [] : distinct(this.allOf(payload, found)).slice(0, MOST_FAULTS);
    } catch (error) {
      return [boundFault(error)];
    }
  }

  private allOf(payload: unknown, found: readonly ErrorObject[]): readonly PayloadFault[] {
    this.explain ??= compiled(this.schema, UNITS_TO_EXPLAIN, true);
    try {
      return this.explain(payload).map(faultOf);
    } catch {
      return found.map(faultOf);
    }
  }
}

function compiled(schema: unknown, units: number, allErrors: boolean): (payload: unknown) => readonly ErrorObject[] {
  const budget = new Budget(units);
  // One for each schema: what it keeps goes with it.
  const ajv = new Ajv2020({
    allErrors,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    strict: false,
    inlineRefs: false,
    messages: true,
    logger: false,
    ownProperties: true,
    formats: FORMATS,
    code: { regExp: Object.assign((pattern: string) => new LinearPattern(pattern, budget), { code: 'linear' }) },
  });
  // Before anything that looks further: what fails is counted, too.
  ajv.addKeyword({ keyword: COST, before: '$ref', code: costCode(budget) });
  ajv.addKeyword(distinctKeyword(budget));
  // Where nothing asks for it, following which fields were looked at costs time, and meets a fault of ajv's own.
  (ajv.opts as { unevaluated?: boolean }).unevaluated = asksForUnevaluated(schema);
  const prepared = preparedSchema(schema);
  // With a name its references to '#' are found.
  const named = isSchemaObject(prepared) ? { ...prepared, $id: 'urn:signpost:payload' } : prepared;
  const validate = ajv.compile(named as AnySchema) as ValidateFunction;
  return (payload) => {
    budget.refill();
    return validate(payload) ? [] : (validate.errors ?? []);
  };
}

function asksForUnevaluated(schema: unknown): boolean {
  if (!isSchemaObject(schema)) return false;
  if ('unevaluatedProperties' in schema || 'unevaluatedItems' in schema) return true;
  return subschemas(schema).some((inner) => asksForUnevaluated(inner.schema));
}

/** Spends as part of the compiled code: a call for each schema would cost more than most schemas do. */
function costCode(budget: Budget): (context: KeywordCxt) => void {
  return ({ gen, schema, data }) => {
    const [cost, left] = [schema, budget].map((ref: unknown) => gen.scopeValue('obj', { ref }));
    gen.code(_`${cost}.spend(${left}, ${data})`);
  };
}

/** uniqueItems in one pass: comparing each with each takes minutes for a payload of nothing but small objects. */
function distinctKeyword(budget: Budget): FuncKeywordDefinition {
  return {
    keyword: DISTINCT,
    type: 'array',
    schema: false,
    error: { message: 'must not have the same item twice' },
    validate: (items: readonly unknown[]) => {
      const seen = new Set<string>();
      for (const item of items) {
        const text = canonical(item);
        budget.spend(1 + text.length / 8);
        if (seen.has(text)) return false;
        seen.add(text);
      }
      return true;
    },
  };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function faultOf({ instancePath, keyword, message = 'does not fit', params }: ErrorObject): PayloadFault {
  const names = instancePath.split('/').slice(1).map(unescaped);
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Readonly<Record<string, unknown>>;
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  const way = [...names, ...(typeof name === 'string' ? [name] : [])].map((each) => each.slice(0, LONGEST_NAME));
  const at = way.length <= LONGEST_WAY ? way : [...way.slice(0, LONGEST_WAY), '…'];
  const rule = keyword === DISTINCT ? 'uniqueItems' : keyword;
  if (missingProperty !== undefined) return { at, rule, reason: 'is missing' };
  if (name !== undefined) return { at, rule, reason: 'is not foreseen' };
  return { at, rule, reason: `${message}${allowedIn(params)}` };
}

function allowedIn(params: Readonly<Record<string, unknown>>): string {
  const values = params['allowedValues'] ?? params['allowedValue'];
  if (values === undefined) return '';
  return `: ${[values]
    .flat()
    .slice(0, MOST_FAULTS)
    .map((value) => JSON.stringify(value).slice(0, LONGEST_NAME))
    .join(', ')}`;
}

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** The same field may be found wrong on several ways through a schema. */
function distinct(faults: readonly PayloadFault[]): readonly PayloadFault[] {
  const byText = new Map(faults.map((fault) => [JSON.stringify(fault), fault] as const));
  return [...byText.values()];
}

function boundFault(error: unknown): PayloadFault {
  if (error instanceof BudgetSpentError) {
    return { at: [], rule: 'too-costly', reason: 'takes too long to check by its schema: make the schema simpler' };
  }
  if (error instanceof RangeError) {
    return { at: [], rule: 'too-deep', reason: 'is nested too deeply to be checked by its schema' };
  }
  throw error;
}
