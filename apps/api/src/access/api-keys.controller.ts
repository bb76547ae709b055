import { Controller, Get, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiKeyCensoredOut, ApiKeyExpireIn, ApiKeyIn, ApiKeyOut, listOf, ListQuery } from '@signpost/contracts';
import { API_KEY_PREFIX, isId, scopesBeyond, type Scope } from '@signpost/domain';
import { AccountStore, type KeptApiKey } from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, CheckedQuery, hashApiKey, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { SHOWN_OF_KEY } from '../commands/new-api-key.js';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { actorOut } from './actor-out.js';
import { KeyArrival } from './key-arrival.js';
import { newSecretText } from './secret-text.js';

@Controller('api/v1/management/authentication/api-token')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class ApiKeysController {
  constructor(
    private readonly accounts: AccountStore,
    private readonly arrival: KeyArrival,
  ) {}

  @Get()
  @Documented({
    id: 'v1.management.authentication.list-api-tokens',
    summary: "List the organisation's API keys, never their text",
    needs: 'ops',
    query: ListQuery,
    answers: { 200: listOf(ApiKeyCensoredOut) },
  })
  async list(
    @CallerOf() { organisationId }: Caller,
    @CheckedQuery(ListQuery) query: z.output<typeof ListQuery>,
  ): Promise<ListAnswer<ApiKeyCensoredOut>> {
    const rows = await this.accounts.apiKeys(organisationId, pageOf(query), new Date());
    return listAnswer(query, rows, ({ id }) => id, censoredOut);
  }

  @Post()
  @Documented({
    id: 'v1.management.authentication.create-api-token',
    summary: 'Create an API key; its text is in this answer and nowhere else',
    needs: 'ops',
    body: ApiKeyIn,
    answers: { 201: ApiKeyOut },
  })
  async create(
    @CallerOf() caller: Caller,
    @JsonBody(ApiKeyIn) { name, scopes }: z.output<typeof ApiKeyIn>,
  ): Promise<ApiKeyOut> {
    const wanted = scopes ?? caller.scopes;
    refuseBeyond(wanted, caller);
    const token = newSecretText(API_KEY_PREFIX);
    const hash = hashApiKey(token);
    const prefix = token.slice(0, SHOWN_OF_KEY);
    const kept = await this.accounts.addApiKey(caller.organisationId, { name, prefix, hash, scopes: wanted });
    await this.arrival.known(kept.id);
    return { ...keyOut(kept), token };
  }

  @Post(':keyId/expire')
  @HttpCode(204)
  @Documented({
    id: 'v1.management.authentication.expire-api-token',
    summary: 'Revoke an API key, at once or in some time',
    needs: 'ops',
    body: ApiKeyExpireIn,
    answers: { 204: null },
  })
  async expire(
    @CallerOf() { organisationId }: Caller,
    @FromPath('keyId') keyId: string,
    @JsonBody(ApiKeyExpireIn) { expiry }: z.output<typeof ApiKeyExpireIn>,
  ): Promise<void> {
    const end = expiry == null || expiry === 0 ? undefined : new Date(Date.now() + expiry * 1_000);
    const id = found(isId('key', keyId) ? keyId : undefined, `API key ${keyId}`);
    found((await this.accounts.endApiKey(organisationId, id, end)) || undefined, `API key ${keyId}`);
    if (end === undefined) await this.arrival.gone(id);
  }
}

/** @throws ApiError 403: a key that may do little must not make one that may do more */
function refuseBeyond(wanted: readonly Scope[], caller: Caller): void {
  const beyond = scopesBeyond(wanted, caller.scopes);
  if (beyond.length === 0) return;
  throw new ApiError(
    403,
    'insufficient_scope',
    `A key gives away only what it has itself, and yours lacks ${beyond.map((scope) => `"${scope}"`).join(', ')}. ` +
      'Leave that out of scopes, or ask with a key that has it.',
  );
}

function keyOut(kept: KeptApiKey): Omit<ApiKeyOut, 'token'> {
  return {
    id: kept.id,
    name: kept.name,
    prefix: kept.prefix,
    scopes: [...kept.scopes],
    createdAt: kept.createdAt.toISOString(),
    expiresAt: kept.expiresAt?.toISOString() ?? null,
  };
}

function censoredOut(kept: KeptApiKey): ApiKeyCensoredOut {
  return {
    ...keyOut(kept),
    censoredToken: `${kept.prefix}…`,
    createdBy: kept.createdBy === undefined ? null : actorOut(kept.createdBy),
  };
}
