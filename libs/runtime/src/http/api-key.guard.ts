import { createHash } from 'node:crypto';
import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { OrganisationId } from '@signpost/domain';
import { ControlDirectory } from '../control/control-directory.js';
import { ApiError } from './api-error.js';

/** Who asks: known by their API key. */
export interface Caller {
  readonly organisationId: OrganisationId;
}

const callers = new WeakMap<FastifyRequest, Caller>();
const BEARER = /^Bearer (\S{1,512})$/i;

/** Lets in requests with `Authorization: Bearer <API key>`, checked against the hashes in `control`: no database is asked. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly control: ControlDirectory) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.control.isLoaded) {
      throw new ApiError(503, 'starting', 'This process is still reading the control topic. Try again in a second.', 1);
    }
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) {
      throw new ApiError(
        401,
        'authentication_failed',
        'Send your API key as the header "Authorization: Bearer <key>".',
      );
    }
    const known = this.control.view.apiKeyByHash(hashApiKey(key));
    if (known === undefined) {
      throw new ApiError(
        401,
        'authentication_failed',
        'This API key is unknown or revoked. Check it for missing characters, or create a new one.',
      );
    }
    callers.set(request, { organisationId: known.organisationId });
    return true;
  }
}

/** Hex SHA-256: a key is 32 random characters, so nothing slower is needed to keep it from being guessed. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The caller that ApiKeyGuard let in with this request; undefined where no guard stands. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

/** The caller that ApiKeyGuard let in. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('CallerOf is used on a route without ApiKeyGuard');
  return caller;
});
