import { describe, expect, it } from '@jest/globals';
import * as contracts from '@signpost/contracts';
import { PUBLISH_OPERATIONS } from '@signpost/contracts';
import { documentedOperations } from '@signpost/runtime';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as z from 'zod';
import { API_CONTROLLERS } from '../api.module.js';
import { ApiReference } from './api-reference.js';
import { nameOf, type JsonObject } from './components.js';
import { EXAMPLES } from './examples.js';

interface Described {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly JsonObject[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = new ApiReference(API_CONTROLLERS).json();
const operations = [...documentedOperations(API_CONTROLLERS), ...Object.values(PUBLISH_OPERATIONS)];
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Described>>>>;
const described = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
);
const components = document['components'] as { readonly schemas: Readonly<Record<string, JsonObject>> };

describe("the API's description", () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
    expect(document['openapi']).toMatch(/^3\.1\./);
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(100);
    for (const reference of new Set(references)) {
      const found = reference.split('/').reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], document);
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });

  it('names each operation once', () => {
    const ids = described.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('describes every method of every controller that answers to a key', () => {
    const undocumented = API_CONTROLLERS.flatMap((controller) => {
      const known = documentedOperations([controller]).length;
      const prototype = controller.prototype as Readonly<Record<string, unknown>>;
      const routes = Object.getOwnPropertyNames(prototype).filter((name) => {
        const method = prototype[name];
        return name !== 'constructor' && typeof method === 'function' && Reflect.hasMetadata('path', method);
      });
      return routes.length === known || controller.name === 'ReferenceController' ? [] : [controller.name];
    });
    expect(undocumented).toEqual([]);
  });

  it('gives each body and answer a name', () => {
    const schemas = operations.flatMap(({ id, body, answers }) =>
      [body, ...Object.values(answers)].flatMap((schema) => (schema == null ? [] : [[id, nameOf(schema)] as const])),
    );
    expect(schemas.filter(([, name]) => name === undefined)).toEqual([]);
  });

  it('shows an example of each body and answer', () => {
    const media = [...JSON.stringify(paths).matchAll(/"application\/json":\{"schema":\{"\$ref":"([^"]+)"\}(.)/g)];
    expect(media.length).toBeGreaterThan(50);
    expect(media.filter(([, , next]) => next === '}').map(([, schema]) => schema)).toEqual([]);
  });

  it('says for each operation what can go wrong, and asks for a key unless it is open', () => {
    for (const { path, method, responses, security, parameters = [] } of described) {
      if (security?.length === 0) continue;
      const statuses = ['400', '401', '403', '429', '503'];
      if (path.includes('{')) statuses.push('404', '422');
      if (['post', 'put', 'patch'].includes(method)) statuses.push('409', '413', '415');
      expect([path, method, Object.keys(responses)]).toEqual([path, method, expect.arrayContaining(statuses)]);
      const inPath = parameters.filter((each) => each['in'] === 'path').map((each) => `{${String(each['name'])}}`);
      expect([path, inPath]).toEqual([path, path.match(/\{\w+\}/g) ?? []]);
      const idempotent = parameters.some((each) => each['$ref'] === '#/components/parameters/IdempotencyKey');
      expect([path, method, idempotent]).toEqual([path, method, method === 'post']);
    }
  });
});

describe('an example', () => {
  const ajv = new Ajv2020({ strict: false });
  // Its types are those of a CommonJS module.
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'document', components: { schemas: components.schemas } });
  const byName: Readonly<Record<string, unknown>> = { ...contracts };

  it.each(Object.entries(EXAMPLES))('of %s is what its schema takes, as zod and as JSON Schema', (name, example) => {
    const schema = byName[name];
    if (!(schema instanceof z.ZodType)) throw new Error(`the contracts export no schema ${name}`);
    expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
    const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
    validate(example);
    expect(validate.errors ?? []).toEqual([]);
  });
});
