/**
 * What an API key may do: `read` looks, `write` changes applications, endpoints and event types, `publish` creates
 * messages, `ops` sends again, manages keys and reads the audit log. None of them includes another.
 */
export const SCOPES = ['read', 'write', 'publish', 'ops'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key's scopes; `undefined` is how a key was kept before there were scopes: it has all. */
export const scopesOf = (scopes: readonly Scope[] | undefined): readonly Scope[] => scopes ?? SCOPES;

/** Those of `wanted` that `held` lacks: nobody gives away what they do not have. */
export const scopesBeyond = (wanted: readonly Scope[], held: readonly Scope[]): readonly Scope[] =>
  wanted.filter((scope) => !held.includes(scope));
