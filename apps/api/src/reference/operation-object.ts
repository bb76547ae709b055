import { STATUS_CODES } from 'node:http';
import { IdOrUid, scopeOf, type PlacedOperation } from '@signpost/contracts';
import type * as z from 'zod';
import { PATHS } from '../http/path.js';
import { nameOf, type Components, type Direction, type JsonObject } from './components.js';
import { exampleOf } from './examples.js';
import { problemsOf } from './problems.js';

/** Who asks, by the names of the document's security schemes. */
export const SECURITY_SCHEMES = { apiKey: 'HTTPBearer', portalToken: 'PortalToken' } as const;

/** As the peer names the parts of a path. */
const PEER_NAMES: Readonly<Record<string, string>> = { messageId: 'msg_id', eventType: 'event_type_name' };
const PART = /:(\w+)/g;

/** '/api/v1/app/{app_id}' of '/api/v1/app/:appId'. */
export const templateOf = (path: string): string => path.replace(PART, (_, name: string) => `{${peerName(name)}}`);

/** 'Message Attempt' of 'v1.message-attempt.get'. */
export function tagOf({ id }: Pick<PlacedOperation, 'id'>): string {
  const words = (id.split('.')[1] ?? id).split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

export function operationObject(operation: PlacedOperation, components: Components): JsonObject {
  const { id, summary, description, body, answers, isOpen } = operation;
  const parameters = parametersOf(operation, components);
  return {
    operationId: id,
    tags: [tagOf(operation)],
    summary,
    ...(description === undefined ? {} : { description }),
    security: isOpen === true ? [] : securityOf(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...content(body, 'input', components) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          {
            description: STATUS_CODES[status] ?? status,
            ...(schema === null ? {} : content(schema, 'output', components)),
          },
        ]),
      ),
      ...problemsOf(operation),
    },
  };
}

/** Either will do: in each the scope or capability that it needs. */
function securityOf(operation: PlacedOperation): readonly JsonObject[] {
  const { portal, onlyPortal, method } = operation;
  return [
    ...(onlyPortal === true ? [] : [{ [SECURITY_SCHEMES.apiKey]: [scopeOf(operation, method)] }]),
    ...(portal === undefined ? [] : [{ [SECURITY_SCHEMES.portalToken]: [portal] }]),
  ];
}

function content(schema: z.ZodType, direction: Direction, components: Components): JsonObject {
  const example = exampleOf(nameOf(schema));
  const media = { schema: components.of(schema, direction), ...(example === undefined ? {} : { example }) };
  return { content: { 'application/json': media } };
}

function parametersOf({ path, method, query }: PlacedOperation, components: Components): readonly JsonObject[] {
  const inPath = [...path.matchAll(PART)].map(([, name = '']) => ({
    name: peerName(name),
    in: 'path',
    required: true,
    schema: components.inline(schemaOfPart(name), 'input'),
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...shape } = asParameter(components.inline(schema as z.ZodType, 'input'));
    return {
      name,
      in: 'query',
      ...(description === undefined ? {} : { description }),
      required: !(schema as z.ZodType).safeParse(undefined).success,
      schema: shape,
    };
  });
  const idempotency = method === 'post' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : [];
  return [...inPath, ...inQuery, ...idempotency];
}

function schemaOfPart(name: string): z.ZodType {
  const known: Readonly<Record<string, z.ZodType>> = PATHS;
  return known[name] ?? IdOrUid;
}

const peerName = (name: string): string =>
  PEER_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** In a query everything is text; what stands for a boolean is described as one. */
function asParameter(shape: JsonObject): JsonObject {
  if (JSON.stringify(shape['enum']) !== '["true","false"]') return shape;
  const { enum: _, default: usual, ...rest } = shape;
  return { ...rest, type: 'boolean', ...(usual === undefined ? {} : { default: usual === 'true' || usual === true }) };
}
