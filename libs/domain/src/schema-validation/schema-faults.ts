import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isSchemaObject, subschemas } from '../json-schema/keywords.js';
import { schemaRuleFaults, type SchemaFault } from '../json-schema/schema-rules.js';
import { patternFault } from './patterns.js';
import { PayloadSchema } from './payload-schema.js';

const MOST_FAULTS = 20;
let dialect: Ajv2020 | undefined;

/** Everything for which a schema from outside is not taken: it has to be JSON Schema 2020-12, bounded, and whole by itself. */
export function schemaFaults(schema: unknown): readonly SchemaFault[] {
  const faults = schemaRuleFaults(schema);
  if (faults.length > 0) return faults.slice(0, MOST_FAULTS);
  const found = [...dialectFaults(schema), ...patternFaults(schema, [])];
  return found.length > 0 ? found.slice(0, MOST_FAULTS) : compilationFaults(schema);
}

/** Whatever `$schema` says it is read as 2020-12: schemas come along from elsewhere, and most are the same in both. */
function dialectFaults(schema: unknown): readonly SchemaFault[] {
  dialect ??= new Ajv2020({ strict: false, allErrors: true, logger: false, validateFormats: false });
  const checked = isSchemaObject(schema) ? { ...schema, $schema: undefined } : schema;
  if (dialect.validate('https://json-schema.org/draft/2020-12/schema', checked)) return [];
  return (dialect.errors ?? []).map(({ instancePath, message = 'is wrong' }: ErrorObject) => ({
    at: instancePath.split('/').slice(1),
    code: 'schema_invalid',
    reason: `${message}, as JSON Schema 2020-12 has it`,
  }));
}

function patternFaults(schema: unknown, at: readonly string[]): readonly SchemaFault[] {
  if (!isSchemaObject(schema)) return [];
  const { pattern, patternProperties } = schema;
  const own = typeof pattern === 'string' ? [[pattern, [...at, 'pattern']] as const] : [];
  const names = isSchemaObject(patternProperties) ? Object.keys(patternProperties) : [];
  const all = [...own, ...names.map((name) => [name, [...at, 'patternProperties', name]] as const)];
  return [
    ...all.flatMap(([text, place]): readonly SchemaFault[] => {
      const reason = patternFault(text);
      return reason === undefined ? [] : [{ at: place, code: 'pattern_invalid', reason }];
    }),
    ...subschemas(schema).flatMap((inner) => patternFaults(inner.schema, [...at, ...inner.at])),
  ];
}

function compilationFaults(schema: unknown): readonly SchemaFault[] {
  try {
    new PayloadSchema(schema);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return [{ at: [], code: 'schema_invalid', reason: `cannot be compiled: ${why}` }];
  }
}
