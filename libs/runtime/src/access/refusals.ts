import type { ApiKey, Capability, Scope } from '@signpost/domain';
import { ApiError } from '../http/api-error.js';

/** How those are answered that may not. */
export const REFUSALS = {
  starting: () =>
    new ApiError(503, 'starting', 'This process is still reading the control topic. Try again in a second.', 1),

  noKey: () =>
    new ApiError(401, 'authentication_failed', 'Send your API key as the header "Authorization: Bearer <key>".'),

  unknownKey: () =>
    new ApiError(
      401,
      'authentication_failed',
      'This API key or portal token is unknown, revoked or expired. Check it for missing characters, or create a new one.',
    ),

  tooMany: (waitMs: number) => {
    const seconds = Math.ceil(waitMs / 1_000);
    return new ApiError(
      429,
      'too_many_failures',
      `Too many wrong keys came from this address. Wait ${String(seconds)} s, or send the right key: that is let in at once.`,
      seconds,
    );
  },

  scope: (needed: Scope, { name }: Pick<ApiKey, 'name'>, scopes: readonly Scope[]) =>
    new ApiError(
      403,
      'insufficient_scope',
      `This operation needs the scope "${needed}"; the API key${name === undefined ? '' : ` ${JSON.stringify(name)}`} has ` +
        `${scopes.length === 0 ? 'none' : scopes.join(', ')}. Use a key that has it, or create one with it.`,
    ),

  notForPortal: () =>
    new ApiError(
      403,
      'portal_token_not_allowed',
      'A portal token may not do this, whatever its capabilities. Use an API key, from a server of yours.',
    ),

  notForKeys: () =>
    new ApiError(403, 'portal_token_needed', 'Only a portal token may do this: send one in place of the API key.'),

  capability: (needed: Capability, held: readonly Capability[]) =>
    new ApiError(
      403,
      'insufficient_capability',
      `This operation needs the capability "${needed}"; the portal token has ${held.join(', ')}. Ask for a token with it.`,
    ),

  databaseAway: () =>
    new ApiError(
      503,
      'database_unavailable',
      'The database does not answer, and portal tokens are kept there. API keys work without it; try again in a few seconds.',
      5,
    ),
} as const;
