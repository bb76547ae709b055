import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor, OrganisationId, PortalToken, Scope } from '@signpost/domain';

/** Who asks: known by their API key, or by the token of one application's portal. */
export interface Caller {
  readonly organisationId: OrganisationId;
  readonly actor: Actor;
  /** An API key's scopes; none for a portal token. */
  readonly scopes: readonly Scope[];
  /** Present when a portal token asks: then nothing beyond its application may be shown. */
  readonly portal?: PortalToken;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The caller that the guard let in with this request; undefined where no guard stands. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** The caller that the guard let in. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('CallerOf is used on a route without ApiKeyGuard');
  return caller;
});
