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
  version: z.string().regex(/^[1-9]\d{0,8}$/, { error: 'is no version: use a number from 1 on' }),
  eventType: EventTypeName,
  keyId: IdOrUid,
  anyId: AnyId,
} as const;

/** A part of the path, checked like every other input: @FromPath('appId') appId: string. */
export const FromPath = createParamDecorator((name: keyof typeof PATHS, context: ExecutionContext): string => {
  const params = context.switchToHttp().getRequest<FastifyRequest>().params as Readonly<Record<string, unknown>>;
  return check(z.object({ [name]: PATHS[name] }), params, 'path')[name] ?? '';
});
