type Json = Readonly<Record<string, unknown>>;

export interface DescribedOperation {
  readonly path: string;
  readonly method: string;
  readonly id: string | undefined;
  readonly parameters: readonly { readonly name: string; readonly place: string; readonly required: boolean }[];
  readonly body: Json | undefined;
  /** Of the successes; undefined: no body. */
  readonly answers: ReadonlyMap<string, Json | undefined>;
}

const METHODS = new Set(['get', 'head', 'post', 'put', 'patch', 'delete']);
const BOUNDS = { maxLength: 1, maxItems: 1, maximum: 1, minLength: -1, minItems: -1, minimum: -1 } as const;

/** An OpenAPI document, 3.0 or 3.1, as one looks into it to compare. */
export class PeerDocument {
  readonly operations: readonly DescribedOperation[];

  constructor(private readonly document: Json) {
    this.operations = Object.entries(document['paths'] as Record<string, Json>).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        METHODS.has(method) ? [this.operation(path, method, operation as Json)] : [],
      ),
    );
  }

  find({ path, method }: Pick<DescribedOperation, 'path' | 'method'>): DescribedOperation | undefined {
    return this.operations.find((operation) => operation.path === path && operation.method === method);
  }

  /** Where `other`'s `taker` would refuse what this document's `schema` allows to be sent. */
  refusals(schema: Json, taker: Json, other: PeerDocument, at = ''): string[] {
    const sent = this.flat(schema);
    const taken = other.flat(taker);
    const needed = taken.required
      .filter((name) => !sent.required.includes(name))
      .map((name) => `${at}.${name}: required`);
    const fields = Object.entries(sent.properties).flatMap(([name, property]) => {
      const field = taken.properties[name];
      const place = at === '' ? name : `${at}.${name}`;
      return field === undefined ? [`${place}: unknown`] : this.refusals(property, field, other, place);
    });
    if (taken.types.length === 0) return [...needed, ...fields];
    const types = sent.types.filter((type) => !fits(type, taken.types)).map((type) => `${at}: ${type}`);
    const values = (sent.values ?? []).filter((value) => taken.values?.includes(value) === false);
    const items =
      sent.items === undefined || taken.items === undefined
        ? []
        : this.refusals(sent.items, taken.items, other, `${at}[]`);
    return [
      ...needed,
      ...fields,
      ...types,
      ...values.map((v) => `${at}: ${String(v)}`),
      ...bounds(sent, taken, at),
      ...items,
    ];
  }

  /** Where this document's `answer` is not what a reader of `other`'s `expected` counts on. */
  surprises(answer: Json, expected: Json, other: PeerDocument, at = ''): string[] {
    const given = this.flat(answer);
    const wanted = other.flat(expected);
    const absent = wanted.required
      .filter((name) => !given.required.includes(name))
      .map((name) => `${at}.${name}: absent`);
    const fields = Object.entries(wanted.properties).flatMap(([name, property]) => {
      const field = given.properties[name];
      return field === undefined ? [] : this.surprises(field, property, other, `${at}.${name}`);
    });
    const types =
      wanted.types.length === 0
        ? []
        : given.types.filter((type) => !fits(type, wanted.types)).map((type) => `${at}: ${type}`);
    const values = (given.values ?? []).filter((value) => wanted.values?.includes(value) === false);
    const items =
      given.items === undefined || wanted.items === undefined
        ? []
        : this.surprises(given.items, wanted.items, other, `${at}[]`);
    return [...absent, ...fields, ...types, ...values.map((value) => `${at}: ${String(value)}`), ...items];
  }

  private operation(path: string, method: string, operation: Json): DescribedOperation {
    const parameters = ((operation['parameters'] ?? []) as readonly Json[]).map((each) => {
      const { name, in: place, required } = this.resolved(each);
      return { name: String(name), place: String(place), required: required === true };
    });
    const answers = Object.entries(operation['responses'] as Record<string, Json>)
      .filter(([status]) => status.startsWith('2'))
      .map(([status, response]) => [status, schemaIn(this.resolved(response))] as const);
    const id = operation['operationId'] as string | undefined;
    const body = schemaIn((operation['requestBody'] as Json | undefined) ?? {});
    return { path, method, id, parameters, body, answers: new Map(answers) };
  }

  private resolved(value: Json): Json {
    const reference = value['$ref'];
    if (typeof reference !== 'string') return value;
    const found = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Json)[key], this.document) as Json;
    return this.resolved(found);
  }

  private flat(schema: Json): Flat {
    const { $ref: reference, ...beside } = schema;
    const own = reference === undefined ? schema : { ...this.resolved(schema), ...beside };
    const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
      ((own[key] ?? []) as readonly Json[]).map((each) => this.flat(each)),
    );
    const type = own['type'];
    const enumerated = (own['enum'] as readonly unknown[] | undefined) ?? ('const' in own ? [own['const']] : undefined);
    const values = [enumerated ?? [], ...parts.map((part) => part.values ?? [])].flat();
    const items = own['items'] ?? parts.find((part) => part.items !== undefined)?.items;
    return {
      types: [
        ...new Set([
          ...(Array.isArray(type) ? (type as string[]) : typeof type === 'string' ? [type] : []),
          ...(own['nullable'] === true ? ['null'] : []),
          ...parts.flatMap((part) => part.types),
        ]),
      ],
      required: [...((own['required'] ?? []) as string[]), ...parts.flatMap((part) => part.required)],
      properties: Object.assign({}, ...parts.map((part) => part.properties), own['properties'] ?? {}) as Record<
        string,
        Json
      >,
      values: values.length === 0 ? undefined : values,
      items: items as Json | undefined,
      rules: Object.assign({}, ...parts.map((part) => part.rules), own) as Json,
    };
  }
}

interface Flat {
  readonly types: readonly string[];
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Json>>;
  readonly values: readonly unknown[] | undefined;
  readonly items: Json | undefined;
  readonly rules: Json;
}

const fits = (type: string, types: readonly string[]): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

function schemaIn(holder: Json): Json | undefined {
  const content = holder['content'] as Readonly<Record<string, Json>> | undefined;
  return content?.['application/json']?.['schema'] as Json | undefined;
}

/** Rules of the taker's that are narrower than the sender's. */
function bounds(sent: Flat, taken: Flat, at: string): string[] {
  return Object.entries(BOUNDS).flatMap(([rule, sign]) => {
    const [theirs, mine] = [sent.rules[rule], taken.rules[rule]];
    if (typeof mine !== 'number') return [];
    return mine * sign < (typeof theirs === 'number' ? theirs : implied(rule, sent.rules)) * sign
      ? [`${at}: ${rule} ${String(mine)}`]
      : [];
  });
}

/** A bound that another rule stands for. */
function implied(rule: string, { pattern, format }: Json): number {
  if (rule === 'minLength' && typeof pattern === 'string' && pattern.endsWith('+$')) return 1;
  if (rule === 'maximum' && format === 'uint16') return 65_535;
  return rule.startsWith('min') ? 0 : Infinity;
}
