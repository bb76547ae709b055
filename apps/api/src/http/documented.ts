import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import * as z from 'zod';
import { HttpErrorOut, ValidationErrorOut } from '@signpost/contracts';

interface Documentation {
  /** As the peer names it: 'v1.application.create'. */
  readonly id: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  /** By status; null: no body. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
}

/** Describes an operation from the schemas that check it: there is no second source that could differ. */
export function Documented(what: Documentation): MethodDecorator & ClassDecorator {
  const { id, summary, body, query, answers } = what;
  return applyDecorators(
    ApiBearerAuth(),
    ApiOperation({ operationId: id, summary }),
    ...(body === undefined ? [] : [ApiBody({ schema: jsonSchema(body, 'input'), required: true })]),
    ...(query === undefined ? [] : parameters(query)),
    ...Object.entries(answers).map(([status, schema]) => answer(Number(status), 'Done', schema)),
    answer(401, 'No API key, or one that is unknown', HttpErrorOut),
    answer(404, 'No such thing in this organisation', HttpErrorOut),
    answer(409, 'The uid or name is taken', HttpErrorOut),
    answer(422, 'A field is missing or wrong', ValidationErrorOut),
    answer(503, 'Try again after Retry-After seconds', HttpErrorOut),
  );
}

function answer(status: number, description: string, schema: z.ZodType | null): MethodDecorator & ClassDecorator {
  if (schema === null) return ApiResponse({ status, description });
  return ApiResponse({
    status,
    description,
    content: { 'application/json': { schema: jsonSchema(schema, 'output') } },
  });
}

function parameters(query: z.ZodObject): MethodDecorator[] {
  return Object.entries(query.shape).map(([name, schema]) =>
    ApiQuery({ name, required: false, schema: jsonSchema(schema as z.ZodType, 'input') }),
  );
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
