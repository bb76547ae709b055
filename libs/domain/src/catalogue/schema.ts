/** A JSON Schema of the dialect 2020-12, as a value. */
export type JsonSchema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, JsonSchema>>;

export const text = (description: string, rules: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  description,
  ...rules,
});

export const oneOf = (description: string, values: readonly string[]): JsonSchema =>
  text(description, { enum: values });

/** RFC 3339. */
export const instant = (description: string): JsonSchema => text(description, { format: 'date-time' });

export const integer = (description: string, minimum = 0, maximum?: number): JsonSchema => ({
  type: 'integer',
  description,
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});

/** From 0 to 1. */
export const share = (description: string): JsonSchema => ({ type: 'number', description, minimum: 0, maximum: 1 });

export const flag = (description: string): JsonSchema => ({ type: 'boolean', description });

export const list = (description: string, items: JsonSchema): JsonSchema => ({ type: 'array', description, items });

/** Any value by name. */
export const values = (description: string): JsonSchema => ({ type: 'object', description });

/** Fields that are always there, and fields that may be. Others may be added later: receivers ignore what they do not know. */
export const record = (description: string, always: Properties, sometimes: Properties = {}): JsonSchema => ({
  type: 'object',
  description,
  required: Object.keys(always),
  properties: { ...always, ...sometimes },
});
