import { Inject, Injectable } from '@nestjs/common';
import { DEFAULT_PORTAL_EXPIRY_SECONDS, type AppPortalAccessIn, type AppPortalAccessOut } from '@signpost/contracts';
import {
  CAPABILITIES,
  PORTAL_TOKEN_PREFIX,
  scopesBeyond,
  scopesToGrant,
  type ApplicationId,
  type Capability,
} from '@signpost/domain';
import { PortalTokenStore } from '@signpost/ports';
import { ApiError, hashApiKey, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { found } from '../owned.js';
import { PORTAL_CONFIG, type PortalConfig } from './portal.config.js';
import { newSecretText } from './secret-text.js';

type Asked = Pick<
  z.output<typeof AppPortalAccessIn>,
  'capabilities' | 'readOnly' | 'featureFlags' | 'expiry' | 'sessionId'
>;

/** Gives out tokens of applications' portals. */
@Injectable()
export class PortalAccess {
  constructor(
    private readonly tokens: PortalTokenStore,
    @Inject(PORTAL_CONFIG) private readonly config: PortalConfig,
  ) {}

  /** @throws ApiError 403 for a capability that the caller may not give away, 404 when the application is gone */
  async open(caller: Caller, appId: ApplicationId, asked: Asked): Promise<AppPortalAccessOut> {
    const capabilities = capabilitiesFor(caller, asked);
    const token = newSecretText(PORTAL_TOKEN_PREFIX);
    const made = await this.tokens.create(appId, {
      hash: hashApiKey(token),
      capabilities,
      featureFlags: asked.featureFlags,
      sessionId: asked.sessionId ?? undefined,
      expiresAt: new Date(Date.now() + (asked.expiry ?? DEFAULT_PORTAL_EXPIRY_SECONDS) * 1_000),
    });
    found(made, `Application ${appId}`);
    return { url: this.urlFor(appId, token), token };
  }

  /** Behind the #, which no browser sends to any server: the token shows in no log and no Referer. */
  private urlFor(appId: ApplicationId, token: string): string {
    const key = Buffer.from(JSON.stringify({ appId, token })).toString('base64');
    return `${this.config.url}/login#key=${key}`;
  }
}

function capabilitiesFor(caller: Caller, { capabilities, readOnly }: Asked): readonly Capability[] {
  const mayGrant = (one: Capability): boolean => scopesBeyond(scopesToGrant(one), caller.scopes).length === 0;
  if (capabilities == null) return readOnly === true ? ['ViewBase'] : CAPABILITIES.filter(mayGrant);
  const beyond = capabilities.find((one) => !mayGrant(one));
  if (beyond !== undefined) {
    throw new ApiError(
      403,
      'insufficient_scope',
      `To give away the capability "${beyond}" your key needs the scope "${scopesToGrant(beyond).join('", "')}". ` +
        'Leave it out of capabilities, or ask with a key that has the scope.',
    );
  }
  // Every token may look.
  return capabilities.includes('ViewBase') ? capabilities : ['ViewBase', ...capabilities];
}
