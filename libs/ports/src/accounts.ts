import type {
  Actor,
  ApiKeyId,
  ApplicationId,
  Capability,
  OrganisationId,
  PortalToken,
  PortalTokenId,
  Scope,
} from '@signpost/domain';
import type { ListPage } from './control-plane.js';

export interface ApiKeyFields {
  readonly name: string;
  /** The key's first characters, by which people tell keys apart. */
  readonly prefix: string;
  /** Hex SHA-256 of the key's text. */
  readonly hash: string;
  /** Undefined: all. */
  readonly scopes?: readonly Scope[] | undefined;
}

export interface KeptApiKey {
  readonly id: ApiKeyId;
  readonly organisationId: OrganisationId;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** Undefined for keys made before that was kept. */
  readonly createdBy?: Actor;
  readonly expiresAt?: Date;
}

export abstract class AccountStore {
  /** The organisation of this name, made unless it is there. */
  abstract organisation(name: string): Promise<OrganisationId>;
  /** A key that is there already is returned as it is. */
  abstract addApiKey(organisationId: OrganisationId, key: ApiKeyFields): Promise<KeptApiKey>;
  /** Those that are neither revoked nor expired at `now`. */
  abstract apiKeys(organisationId: OrganisationId, page: ListPage, now: Date): Promise<readonly KeptApiKey[]>;
  /**
   * Ends a key: at once, or from `expiresAt` on. An end that was set earlier stays where that comes sooner.
   * False when there was none.
   */
  abstract endApiKey(organisationId: OrganisationId, id: ApiKeyId, expiresAt?: Date): Promise<boolean>;
}

export interface PortalTokenFields {
  /** Hex SHA-256 of the token's text. */
  readonly hash: string;
  readonly capabilities: readonly Capability[];
  readonly featureFlags: readonly string[];
  /** Names the tokens of one session, so that they can be ended together. */
  readonly sessionId?: string | undefined;
  readonly expiresAt: Date;
}

/** Tokens of applications' portals. Only their hashes are kept. */
export abstract class PortalTokenStore {
  /** Undefined when the application is gone. */
  abstract create(applicationId: ApplicationId, fields: PortalTokenFields): Promise<PortalTokenId | undefined>;
  /**
   * The token, unless it is unknown, has expired at `now`, or its application is gone.
   * @throws DatabaseUnavailableError
   */
  abstract byHash(hash: string, now: Date): Promise<PortalToken | undefined>;
  /** Ends one token at once; false when it had ended already. */
  abstract end(id: PortalTokenId): Promise<boolean>;
  /** Ends an application's tokens from `at` on, of these sessions or of all; how many that changes. */
  abstract endAll(applicationId: ApplicationId, at: Date, sessionIds?: readonly string[]): Promise<number>;
}
