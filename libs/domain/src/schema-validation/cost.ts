import { isSchemaObject, listOf, subschemas, type SchemaObject } from '../json-schema/keywords.js';
import type { Budget } from './budget.js';

const LEAST_UNITS = 4;
const CHARACTERS_A_UNIT = 4;
const UNITS_A_NAME = 4;

/** Go through a text, or through the names of an object, whatever else stands beside them. */
const OF_TEXTS = ['minLength', 'maxLength', 'format'];
const OF_NAMES = [
  'minProperties',
  'maxProperties',
  'propertyNames',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
];

/** What looking at one value by one schema costs, without the schemas inside it that look at its parts. */
export class Cost {
  private readonly units: number;
  private readonly readsTexts: boolean;
  private readonly readsNames: boolean;
  /** Lists and objects that the value is held against as a whole. */
  private readonly compared: readonly unknown[];

  constructor(schema: SchemaObject) {
    const values = listOf(schema['enum']);
    // A schema that fails before it is counted is one of its parent's.
    this.units =
      LEAST_UNITS + subschemas(schema).length + values.length + listOf(schema['required']).length + dependents(schema);
    this.readsTexts = OF_TEXTS.some((keyword) => keyword in schema);
    this.readsNames = OF_NAMES.some((keyword) => keyword in schema);
    this.compared = [...values, schema['const']].filter((value) => typeof value === 'object' && value !== null);
  }

  /** @throws BudgetSpentError */
  spend(budget: Budget, value: unknown): void {
    budget.spend(this.units);
    if (this.readsTexts && typeof value === 'string') budget.spend(value.length / CHARACTERS_A_UNIT);
    if (this.readsNames && isSchemaObject(value)) budget.spend(Object.keys(value).length * UNITS_A_NAME);
    for (const other of this.compared) spendOnComparing(budget, value, other);
  }
}

/** As far as both are alike in form. */
function spendOnComparing(budget: Budget, value: unknown, other: unknown): void {
  budget.spend(1);
  if (Array.isArray(value) && Array.isArray(other)) {
    if (value.length === other.length) other.forEach((item, at) => spendOnComparing(budget, value[at], item));
  } else if (isSchemaObject(value) && isSchemaObject(other)) {
    const names = Object.keys(value);
    budget.spend(names.length * UNITS_A_NAME);
    for (const name of Object.keys(other)) spendOnComparing(budget, value[name], other[name]);
  }
}

function dependents({ dependentRequired }: SchemaObject): number {
  if (!isSchemaObject(dependentRequired)) return 0;
  return Object.values(dependentRequired).reduce<number>((sum, names) => sum + 1 + listOf(names).length, 0);
}
