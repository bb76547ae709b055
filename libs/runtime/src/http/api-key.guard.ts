import { hash } from 'node:crypto';
import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { scopeOf, type Operation } from '@signpost/contracts';
import { allows, isId, PORTAL_TOKEN_PREFIX, scopesOf, type PortalToken } from '@signpost/domain';
import { DatabaseUnavailableError, PortalTokenStore } from '@signpost/ports';
import { actsInRequest } from '../access/acting.js';
import { AuthenticationFailures } from '../access/authentication-failures.js';
import { setCaller, type Caller } from '../access/caller.js';
import { REFUSALS } from '../access/refusals.js';
import { ControlDirectory } from '../control/control-directory.js';
import { notFound } from './api-error.js';
import { operationOf } from './documented.js';

const BEARER = /^Bearer (\S{1,512})$/i;

/**
 * Lets in requests with `Authorization: Bearer <API key>`, checked against the hashes in `control`: no database is asked.
 * Where there is a database, also those with a portal token, within its application and its capabilities.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly control: ControlDirectory,
    private readonly failures: AuthenticationFailures,
    @Optional() @Inject(PortalTokenStore) private readonly portalTokens?: PortalTokenStore,
  ) {}

  /** At once for an API key: no request that carries one waits here. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.control.isLoaded) throw REFUSALS.starting();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const operation = operationOf(context.getHandler());
    const text = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (text === undefined) throw REFUSALS.noKey();
    const letIn = (caller: Caller): true => {
      setCaller(request, caller);
      actsInRequest({ actor: caller.actor, operation: operation?.id });
      return true;
    };
    if (!text.startsWith(PORTAL_TOKEN_PREFIX)) return letIn(this.byApiKey(text, operation, request));
    return this.byPortalToken(text, operation, request).then(letIn);
  }

  private byApiKey(text: string, operation: Operation | undefined, request: FastifyRequest): Caller {
    const key = this.control.view.apiKeyByHash(hashApiKey(text));
    if (key === undefined || (key.expiresAtMs ?? Infinity) <= Date.now()) throw this.failed(request);
    if (operation?.onlyPortal === true) throw REFUSALS.notForKeys();
    const scopes = scopesOf(key.scopes);
    const needed = scopeOf(operation, request.method);
    if (!scopes.includes(needed)) throw REFUSALS.scope(needed, key, scopes);
    const { organisationId, id, name = '' } = key;
    return { organisationId, actor: { kind: 'api-key', id, name }, scopes };
  }

  private async byPortalToken(
    text: string,
    operation: Operation | undefined,
    request: FastifyRequest,
  ): Promise<Caller> {
    // A process without a database knows no portal token, and has nothing that one may do.
    if (this.portalTokens === undefined) throw REFUSALS.notForPortal();
    const portal = await this.portalToken(this.portalTokens, text);
    if (portal === undefined) throw this.failed(request);
    const needed = operation?.portal;
    if (needed === undefined) throw REFUSALS.notForPortal();
    if (!allows(portal.capabilities, needed)) throw REFUSALS.capability(needed, portal.capabilities);
    pinToApplication(request, portal);
    return {
      organisationId: portal.organisationId,
      actor: { kind: 'portal-token', id: portal.id },
      scopes: [],
      portal,
    };
  }

  private async portalToken(store: PortalTokenStore, text: string): Promise<PortalToken | undefined> {
    try {
      return await store.byHash(hashApiKey(text), new Date());
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw REFUSALS.databaseAway();
      throw error;
    }
  }

  /** Counts a wrong key against its sender's address. */
  private failed(request: FastifyRequest): Error {
    const waitMs = this.failures.note(addressOf(request));
    return waitMs > 0 ? REFUSALS.tooMany(waitMs) : REFUSALS.unknownKey();
  }
}

/** A connection that is gone already has no address, whatever the type says. */
const addressOf = ({ ip }: { readonly ip: string | undefined }): string => ip ?? '';

/**
 * A path may name the token's application by its id or uid, and no other application. From here on it names it by id:
 * a uid that looks like another application's id would be taken for that.
 */
function pinToApplication(request: FastifyRequest, { applicationId, applicationUid }: PortalToken): void {
  const params = request.params as Record<string, string>;
  const named = params[APPLICATION_PARAMETER];
  if (named === undefined) return;
  const isItsUid = named === applicationUid && !isId('app', named);
  if (named !== applicationId && !isItsUid) throw notFound(`Application ${named}`);
  params[APPLICATION_PARAMETER] = applicationId;
}

/** How every route that lies within an application names it in its path. */
export const APPLICATION_PARAMETER = 'appId';

/** Hex SHA-256: a key is 32 random characters, so nothing slower is needed to keep it from being guessed. */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}
