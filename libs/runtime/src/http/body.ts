import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { ApiError, ValidationError } from './api-error.js';

/** The request's body as it came over the wire: every body is kept as bytes until somebody asks for more. */
export const RawBody = createParamDecorator((_: unknown, context: ExecutionContext): Buffer => {
  const body: unknown = context.switchToHttp().getRequest<FastifyRequest>().body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
});

// Under a name of our own: Nest takes a bare schema for a pipe, since it has a `transform`.
interface Expected {
  readonly expected: z.ZodType;
}

const jsonBody = createParamDecorator(({ expected }: Expected, context: ExecutionContext): unknown => {
  const body: unknown = context.switchToHttp().getRequest<FastifyRequest>().body;
  return check(expected, parseJsonBody(Buffer.isBuffer(body) ? body : Buffer.alloc(0)), 'body');
});

const checkedQuery = createParamDecorator(({ expected }: Expected, context: ExecutionContext): unknown =>
  check(expected, context.switchToHttp().getRequest<FastifyRequest>().query, 'query'),
);

/** The body, parsed as JSON and checked: @JsonBody(Schema) body: z.output<typeof Schema>. */
export const JsonBody = (schema: z.ZodType): ParameterDecorator => jsonBody({ expected: schema });

/** The query string, checked: @CheckedQuery(Schema) query. */
export const CheckedQuery = (schema: z.ZodType): ParameterDecorator => checkedQuery({ expected: schema });

/** @throws ApiError 400 when the bytes are no JSON */
export function parseJsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new ApiError(
      400,
      'invalid_json',
      `The body is not valid JSON (${why}). Send one JSON value with content-type application/json.`,
    );
  }
}

/** @throws ValidationError with every fault, located from `part` on */
export function check<S extends z.ZodType>(schema: S, value: unknown, part: 'body' | 'query' | 'path'): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ValidationError(
    parsed.error.issues.map((issue) => ({
      loc: [part, ...issue.path.map(String)],
      msg: messageOf(issue),
      type: codeOf(issue),
    })),
  );
}

/** Of a name in a record what is wrong with it: its own message says only that it is. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join('; ') : issue.message;

/** Of a rule of our own the code that it gave. */
function codeOf(issue: z.core.$ZodIssue): string {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof code === 'string' ? code : issue.code;
}
