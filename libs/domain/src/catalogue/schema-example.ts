type Schema = Readonly<Record<string, unknown>>;

// A schema may refer to itself: what lies deeper, or comes after so many values, is left out.
const DEEPEST = 12;
const DEEPEST_OPTIONAL = 6;
const MOST_VALUES = 2_000;
const MOST_ITEMS = 10;

/** The newest of an event type's schemas, which stand by version: '10' after '9'; undefined when there is none. */
export function newestSchema(schemas: Schema | undefined): unknown {
  const versions = Object.keys(schemas ?? {}).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const newest = versions.at(-1);
  return newest === undefined ? undefined : schemas?.[newest];
}

/**
 * A value that a JSON Schema describes, the same each time: its own example where it names one (`index`: which of
 * them, or else the first), else one that is made up from its types and bounds. Undefined when nothing can be made.
 * A pattern is not followed, nor what only a validator could decide (`not`, `if`, `dependentRequired`).
 */
export function exampleOfSchema(schema: unknown, index = 0): unknown {
  if (isSchema(schema) && Array.isArray(schema['examples'])) {
    const chosen: unknown = schema['examples'][index];
    if (chosen !== undefined) return chosen;
  }
  return new Maker(schema).make(schema, 0);
}

class Maker {
  private values = 0;

  constructor(private readonly root: unknown) {}

  make(schema: unknown, depth: number): unknown {
    this.values += 1;
    if (depth > DEEPEST || this.values > MOST_VALUES) return undefined;
    if (schema === true) return 'example';
    if (!isSchema(schema)) return undefined;
    const given = givenBy(schema);
    if (given !== undefined) return given;
    const parts = [this.referred(schema['$ref'], depth), ...this.alternatives(schema, depth), this.own(schema, depth)];
    const made = parts.filter((part) => part !== undefined);
    // Of parts that are all objects each has its say; of others the first decides.
    if (made.length > 1 && made.every(isObject)) return Object.assign({}, ...made) as unknown;
    return made[0];
  }

  private referred(reference: unknown, depth: number): unknown {
    if (typeof reference !== 'string') return undefined;
    return this.make(resolved(this.root, reference), depth + 1);
  }

  private alternatives(schema: Schema, depth: number): readonly unknown[] {
    const all = listOf(schema['allOf']);
    const any = [listOf(schema['anyOf'])[0], listOf(schema['oneOf'])[0]].filter((one) => one !== undefined);
    return [...all, ...any].map((one) => this.make(one, depth + 1));
  }

  private own(schema: Schema, depth: number): unknown {
    switch (typeOf(schema)) {
      case 'object':
        return this.object(schema, depth);
      case 'array':
        return this.array(schema, depth);
      case 'string':
        return text(schema);
      case 'integer':
        return number(schema, 1);
      case 'number':
        return number(schema, 0.5);
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        return undefined;
    }
  }

  private object(schema: Schema, depth: number): unknown {
    const required = new Set(listOf(schema['required']));
    const made = Object.entries(isSchema(schema['properties']) ? schema['properties'] : {}).flatMap(
      ([name, property]) => {
        if (depth >= DEEPEST_OPTIONAL && !required.has(name)) return [];
        const value = this.make(property, depth + 1);
        return value === undefined ? [] : [[name, value] as const];
      },
    );
    return Object.fromEntries(made);
  }

  private array(schema: Schema, depth: number): unknown {
    const first = listOf(schema['prefixItems']).map((item) => this.make(item, depth + 1) ?? null);
    const least = Math.min(numberOf(schema['minItems']) ?? 1, MOST_ITEMS);
    const most = numberOf(schema['maxItems']) ?? MOST_ITEMS;
    const rest = Math.max(0, Math.min(least, most) - first.length);
    const more = isSchema(schema['items'])
      ? Array.from({ length: rest }, () => this.make(schema['items'], depth + 1)).filter((item) => item !== undefined)
      : [];
    return [...first, ...more];
  }
}

/** What the schema itself says that a value may be. */
function givenBy(schema: Schema): unknown {
  const [example] = listOf(schema['examples']);
  const [first] = listOf(schema['enum']);
  return example ?? schema['example'] ?? schema['const'] ?? schema['default'] ?? first;
}

function typeOf(schema: Schema): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? type[0];
  if (type !== undefined) return type;
  if ('properties' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  if ('format' in schema || 'minLength' in schema || 'maxLength' in schema || 'pattern' in schema) return 'string';
  if ('minimum' in schema || 'maximum' in schema || 'multipleOf' in schema) return 'number';
  return undefined;
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  'idn-email': 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  'uri-reference': '/example',
  uuid: '00000000-0000-4000-8000-000000000000',
  'json-pointer': '/example',
};

function text(schema: Schema): string {
  const format = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined;
  if (format !== undefined) return format;
  const least = Math.min(numberOf(schema['minLength']) ?? 0, LONGEST_TEXT);
  const most = Math.min(numberOf(schema['maxLength']) ?? LONGEST_TEXT, LONGEST_TEXT);
  return 'example'.padEnd(least, '.').slice(0, Math.max(0, most));
}

const LONGEST_TEXT = 1_000;

/** `step`: how far beyond a bound that is itself excluded. */
function number(schema: Schema, step: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const above = numberOf(exclusiveMinimum);
  const below = numberOf(exclusiveMaximum);
  const least = numberOf(minimum) ?? (above === undefined ? undefined : above + step);
  const most = numberOf(maximum) ?? (below === undefined ? undefined : below - step);
  const near = least ?? Math.min(step, most ?? step);
  const unit = numberOf(multipleOf) ?? (step === 1 ? 1 : undefined);
  return unit === undefined || unit <= 0 ? near : Math.ceil(near / unit) * unit;
}

/** Within the document itself: '#', '#/$defs/name'. Nothing is fetched. */
function resolved(root: unknown, reference: string): unknown {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    if (typeof at !== 'object' || at === null) return undefined;
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Object.hasOwn(at, name) ? (at as Schema)[name] : undefined;
  }
  return at;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSchema = (value: unknown): value is Schema => isObject(value);
