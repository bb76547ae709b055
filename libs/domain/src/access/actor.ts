import type { ApiKeyId, ApplicationId, OrganisationId, PortalTokenId } from '../ids.js';
import type { Capability } from './capability.js';

/** Who did something, as the audit log names them. */
export type Actor =
  | { readonly kind: 'api-key'; readonly id: ApiKeyId; readonly name: string }
  | { readonly kind: 'portal-token'; readonly id: PortalTokenId }
  /** What the service did by itself. */
  | { readonly kind: 'signpost' }
  /** A command that somebody ran beside the service. */
  | { readonly kind: 'command-line'; readonly name: string };

export const ACTOR_KINDS = [
  'api-key',
  'portal-token',
  'signpost',
  'command-line',
] as const satisfies readonly Actor['kind'][];

/** What a portal token opens: one application, and of that what its capabilities allow. */
export interface PortalToken {
  readonly id: PortalTokenId;
  readonly organisationId: OrganisationId;
  readonly applicationId: ApplicationId;
  /** The application's own uid, by which a path may name it as well. */
  readonly applicationUid?: string;
  readonly capabilities: readonly Capability[];
  /** Event types that carry another flag are not listed. */
  readonly featureFlags: readonly string[];
  readonly expiresAt: Date;
}

/** Texts that begin so are portal tokens; all others are API keys. */
export const PORTAL_TOKEN_PREFIX = 'appsk_';
export const API_KEY_PREFIX = 'sk_';
