import * as contracts from '@signpost/contracts';
import * as z from 'zod';

export type JsonObject = Readonly<Record<string, unknown>>;
/** A body is described as it may be sent, an answer as it comes. */
export type Direction = 'input' | 'output';

const NAMES = new Map<unknown, string>(
  Object.entries(contracts).flatMap(([name, value]) => (value instanceof z.ZodType ? [[value, name] as const] : [])),
);
/** What other schemas name instead of repeating it. */
const IS_SHARED = /(?:In|Out)$/;
const HAS_FORMAT = new Set<unknown>(['date-time', 'email']);

/** The schemas that a document names: each is described once, under the name that the contracts export it by. */
export class Components {
  private readonly made = new Map<string, JsonObject>();

  /**
   * A reference to the schema's component, or the schema itself where nothing exports it by a name.
   * @throws TypeError where one name would stand for two shapes
   */
  of(schema: z.ZodType, direction: Direction): JsonObject {
    const name = nameOf(schema);
    const shape = this.inline(schema, direction);
    return name === undefined ? shape : this.add(name, shape);
  }

  add(name: string, shape: JsonObject): JsonObject {
    const known = this.made.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(shape)) {
      throw new TypeError(`${name} is sent in one shape and answered in another: export a schema for each`);
    }
    this.made.set(name, shape);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** JSON Schema 2020-12. What stands inside it under a name of its own is referred to. */
  inline(schema: z.ZodType, direction: Direction): JsonObject {
    const { $schema: _, ...shape } = z.toJSONSchema(schema, {
      io: direction,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const inner = zodSchema as unknown as z.ZodType;
        const name = NAMES.get(inner);
        if (inner !== schema && name !== undefined && IS_SHARED.test(name)) {
          replace(jsonSchema, this.of(inner, direction));
        } else {
          tidy(jsonSchema);
          if (isSet(inner)) jsonSchema.uniqueItems = true;
        }
      },
    });
    return shape;
  }

  /** By name, in alphabetical order. */
  get schemas(): JsonObject {
    return Object.fromEntries([...this.made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** ListResponse_ApplicationOut_ for a page of ApplicationOut, as the peer has it. */
export function nameOf(schema: z.ZodType): string | undefined {
  const name = NAMES.get(schema);
  if (name !== undefined || !(schema instanceof z.ZodObject)) return name;
  const { data, iterator } = schema.shape as Readonly<Record<string, unknown>>;
  const item = data instanceof z.ZodArray && iterator !== undefined ? NAMES.get(data.element) : undefined;
  return item === undefined ? undefined : `ListResponse_${item}_`;
}

/** Whether its elements have to differ: a rule of ours that zod knows no word for. */
function isSet(schema: z.ZodType): boolean {
  const rules = schema._zod.def.checks ?? [];
  return rules.some(({ _zod: { def } }) => 'fn' in def && def.fn === contracts.isUnique);
}

function replace(target: object, by: JsonObject): void {
  for (const key of Object.keys(target)) Reflect.deleteProperty(target, key);
  Object.assign(target, by);
}

/** Leaves out what says nothing to a reader, and what would forbid a field that a later version answers. */
function tidy(schema: Record<string, unknown>): void {
  if (HAS_FORMAT.has(schema['format'])) delete schema['pattern'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['type'] === 'number' && Number.isInteger(schema['const'])) schema['type'] = 'integer';
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
}
