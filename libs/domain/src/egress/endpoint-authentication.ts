/**
 * How Signpost shows a receiver who it is, beside its signature. What is secret of it is sealed (promise 9); see
 * SecretBox.
 */
export type EndpointAuthentication =
  /** RFC 7617. */
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  /** RFC 6750. */
  | { readonly type: 'bearer'; readonly token: string }
  /** A key in a header of the receiver's choice; `name` as its owner wrote it. */
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  | ({ readonly type: 'oauth2' } & ClientCredentials);

/** A token is fetched with them (RFC 6749 §4.4) and shown as RFC 6750 has it. */
export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** By spaces. */
  readonly scope?: string;
  /** For servers that want to know whom the token is for. */
  readonly audience?: string;
  readonly clientAuthentication: ClientAuthentication;
}

/** Where the client's own secret goes: RFC 6749 §2.3.1, its first form or its second. */
export type ClientAuthentication = 'basic' | 'body';
export const CLIENT_AUTHENTICATIONS = ['basic', 'body'] as const satisfies readonly ClientAuthentication[];

type WithoutToken = Exclude<EndpointAuthentication, { readonly type: 'oauth2' }>;

/** The header that shows it, by its lower-case name. `authentication`: opened. */
export function authenticationHeader(authentication: WithoutToken): Readonly<Record<string, string>> {
  switch (authentication.type) {
    case 'basic':
      return { authorization: basic(authentication.username, authentication.password) };
    case 'bearer':
      return bearerHeader(authentication.token);
    case 'header':
      return { [authentication.name.toLowerCase()]: authentication.value };
  }
}

export const bearerHeader = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** The same with what is secret of it changed by `change`: sealed, or opened. */
export function withSecrets(
  authentication: EndpointAuthentication,
  change: (secret: string) => string,
): EndpointAuthentication {
  switch (authentication.type) {
    case 'basic':
      return { ...authentication, password: change(authentication.password) };
    case 'bearer':
      return { ...authentication, token: change(authentication.token) };
    case 'header':
      return { ...authentication, value: change(authentication.value) };
    case 'oauth2':
      return { ...authentication, clientSecret: change(authentication.clientSecret) };
  }
}
