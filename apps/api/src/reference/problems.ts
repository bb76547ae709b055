import { HttpErrorOut, HTTPValidationError, type PlacedOperation } from '@signpost/contracts';
import type { Components, JsonObject } from './components.js';

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 0 } },
};

interface Problem {
  readonly name: string;
  readonly description: string;
  readonly example: JsonObject;
  readonly headers?: JsonObject;
}

const problem = (name: string, description: string, code: string, detail: string, headers?: JsonObject): Problem => ({
  name,
  description,
  example: { code, detail },
  ...(headers === undefined ? {} : { headers }),
});

/** What can go wrong with a request, by status. Every operation says which of them it can meet. */
const PROBLEMS = {
  400: problem(
    'BadRequest',
    'The request cannot be read: its body is no JSON, or its path does not decode.',
    'invalid_json',
    'The body is not valid JSON (Unexpected end of JSON input). Send one JSON value with content-type application/json.',
  ),
  401: problem(
    'Unauthorized',
    'There is no API key, or it is unknown, revoked or expired.',
    'authentication_failed',
    'This API key is unknown or revoked. Check it for missing characters, or create a new one.',
  ),
  403: problem(
    'Forbidden',
    'The key is known, and may not do this.',
    'insufficient_scope',
    'This needs the scope write, which this API key lacks. Use a key that has it.',
  ),
  404: problem(
    'NotFound',
    'There is no such thing in this organisation.',
    'not_found',
    'Application app_2x does not exist, or belongs to another organisation. List what exists and use an id or uid from there.',
  ),
  409: problem(
    'Conflict',
    'The uid, name or event id is taken.',
    'conflict',
    'The uid "shop" is already taken. Choose another, or update what has it.',
  ),
  413: problem(
    'ContentTooLarge',
    'The body, or a payload in it, is larger than this server takes.',
    'body_too_large',
    'The body is larger than this server takes. Send fewer or smaller messages in one request.',
  ),
  415: problem(
    'UnsupportedMediaType',
    'The body is not application/json.',
    'unsupported_media_type',
    'Send the body as application/json.',
  ),
  422: {
    name: 'UnprocessableContent',
    description: 'Fields are missing or wrong: every one is listed, with its place.',
    example: { detail: [{ loc: ['body', 'name'], msg: 'Invalid input: expected string', type: 'invalid_type' }] },
  },
  429: problem(
    'TooManyRequests',
    'Too many requests, or too many with a wrong key, from this address.',
    'too_many_requests',
    'Too many requests from this address. Try again after the time in Retry-After.',
    RETRY_AFTER,
  ),
  503: problem(
    'ServiceUnavailable',
    'Something that this needs does not answer: nothing was done. Try again after Retry-After.',
    'kafka_unavailable',
    'Kafka did not confirm, so nothing is promised of what was sent. Send all of it again after the time in Retry-After.',
    RETRY_AFTER,
  ),
} as const satisfies Record<number, Problem>;
type ProblemStatus = keyof typeof PROBLEMS;

/** Every problem as a response that operations refer to. */
export function problemResponses(components: Components): JsonObject {
  const http = components.of(HttpErrorOut, 'output');
  const validation = components.of(HTTPValidationError, 'output');
  const all: readonly [string, Problem][] = Object.entries(PROBLEMS);
  return Object.fromEntries(
    all.map(([status, { name, description, example, headers }]) => [
      name,
      {
        description,
        ...(headers === undefined ? {} : { headers }),
        content: { 'application/json': { schema: status === '422' ? validation : http, example } },
      },
    ]),
  );
}

/** By status, for one operation. */
export function problemsOf(operation: PlacedOperation): JsonObject {
  return Object.fromEntries(
    statusesOf(operation).map((status) => [status, { $ref: `#/components/responses/${PROBLEMS[status].name}` }]),
  );
}

function statusesOf({ isOpen, method, path, body, query, findsByBody }: PlacedOperation): readonly ProblemStatus[] {
  if (isOpen === true) return [];
  const isNamed = path.includes(':');
  const takesBody = method === 'post' || method === 'put' || method === 'patch';
  const statuses: readonly (readonly [ProblemStatus, boolean])[] = [
    [400, true],
    [401, true],
    [403, true],
    [
      404,
      isNamed || findsByBody === true || (query !== undefined && ('app_id' in query.shape || 'appId' in query.shape)),
    ],
    [409, takesBody],
    [413, takesBody],
    [415, takesBody],
    [422, isNamed || body !== undefined || query !== undefined || method === 'post'],
    [429, true],
    [503, true],
  ];
  return statuses.flatMap(([status, applies]) => (applies ? [status] : []));
}
