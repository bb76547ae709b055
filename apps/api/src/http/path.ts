import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AnyId, EventTypeName, IdOrUid, MessageIdOrEventId } from '@signpost/contracts';
import { check } from '@signpost/runtime';
import * as z from 'zod';

/** The parts of a path by their name in a route. */
export const PATHS = {
  appId: IdOrUid,
  endpointId: IdOrUid,
  messageId: MessageIdOrEventId,
  attemptId: IdOrUid,
  deliveryId: IdOrUid,
  taskId: IdOrUid,
  recoveryId: IdOrUid,
  rejectedId: IdOrUid,
  version: z.string().regex(/^[1-9]\d{0,8}$/, { error: 'is no version: use a number from 1 on' }),
  eventType: EventTypeName,
  keyId: IdOrUid,
  anyId: AnyId,
} as const;

interface Part {
  readonly name: string;
  readonly expected: z.ZodType<Readonly<Record<string, string>>>;
}

const fromPath = createParamDecorator(({ name, expected }: Part, context: ExecutionContext): string => {
  return check(expected, context.switchToHttp().getRequest<FastifyRequest>().params, 'path')[name] ?? '';
});

/**
 * A part of the path, checked like every other input: @FromPath('appId') appId: string. Its schema is made once: it is compiled
 * at its first use, which costs more than all of a read.
 */
export const FromPath = (name: keyof typeof PATHS): ParameterDecorator =>
  fromPath({ name, expected: z.object({ [name]: PATHS[name] }) });
