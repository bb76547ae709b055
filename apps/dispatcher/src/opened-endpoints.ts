import {
  AppError,
  authenticationHeader,
  parseSigningKey,
  settableHeaders,
  withSecrets,
  type ClientCredentials,
  type Endpoint,
  type EndpointAuthentication,
  type EndpointId,
  type SecretBox,
  type SigningKey,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';

const KEPT_ENDPOINTS = 10_000;

/** What of an endpoint is sealed, in clear. */
export interface OpenedEndpoint {
  /** Every one that signs now, newest first. */
  readonly keys: readonly SigningKey[];
  /** Its own and the one that shows who calls, by lower-case names; undefined: none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** The one of them that holds a key, whatever it is called. */
  readonly keyHeader: string | undefined;
  /** A token has to be fetched with them before each request. */
  readonly client: ClientCredentials | undefined;
  /** Of its transformation; undefined: it has none. */
  readonly code: string | undefined;
}

interface Kept {
  readonly version: number;
  readonly keys: readonly ExpiringKey[];
  /** Undefined: it cannot be opened. */
  opened: OpenedEndpoint | undefined;
  /** When the next of its keys expires. */
  validUntilMs: number;
}

interface ExpiringKey {
  readonly key: SigningKey;
  readonly expiresAtMs: number;
}

/** Opens what of an endpoint is sealed once a version, and keeps that of the endpoints used last. */
export class OpenedEndpoints {
  private readonly kept = new Map<EndpointId, Kept>();

  constructor(
    private readonly box: SecretBox,
    private readonly log: Log,
  ) {}

  /** Undefined when something cannot be opened: nothing is ever sent unsigned, or without what belongs to it. */
  of(endpoint: Endpoint, nowMs: number): OpenedEndpoint | undefined {
    const known = this.kept.get(endpoint.id);
    if (known?.version !== endpoint.version) return this.keep(endpoint, nowMs).opened;
    if (nowMs >= known.validUntilMs) expire(known, nowMs);
    return known.opened;
  }

  private keep(endpoint: Endpoint, nowMs: number): Kept {
    const kept = this.open(endpoint);
    expire(kept, nowMs);
    if (this.kept.size >= KEPT_ENDPOINTS) this.evictOldest();
    this.kept.set(endpoint.id, kept);
    return kept;
  }

  private open(endpoint: Endpoint): Kept {
    const { id, version, secrets, retiredSecrets = [] } = endpoint;
    const none = { version, keys: [], opened: undefined, validUntilMs: Infinity };
    try {
      const current = secrets.map((sealed) => this.keyIn(sealed));
      const retired = retiredSecrets.map(({ sealed, expiresAtMs }) => ({ key: this.keyIn(sealed), expiresAtMs }));
      if (current.length === 0) {
        this.log.error('an endpoint has no signing secret: nothing is sent to it', undefined, { endpointId: id });
        return none;
      }
      const always = current.map((key) => ({ key, expiresAtMs: Infinity }));
      const opened = { keys: current, ...this.access(endpoint) };
      return { version, keys: [...always, ...retired], opened, validUntilMs: 0 };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.error('what is sealed of an endpoint cannot be opened: nothing is sent to it', error, {
        endpointId: id,
      });
      return none;
    }
  }

  private access({ headers, authentication, transformation }: Endpoint): Omit<OpenedEndpoint, 'keys'> {
    const opened = authentication === undefined ? undefined : withSecrets(authentication, (text) => this.text(text));
    const own =
      headers === undefined
        ? undefined
        : settableHeaders(Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, this.text(text)])));
    return {
      headers: withAuthentication(own, opened),
      keyHeader: opened?.type === 'header' ? opened.name.toLowerCase() : undefined,
      client: opened?.type === 'oauth2' ? opened : undefined,
      code: transformation === undefined ? undefined : this.text(transformation.sealedCode),
    };
  }

  private keyIn(sealed: string): SigningKey {
    return parseSigningKey(this.text(sealed));
  }

  private text(sealed: string): string {
    return this.box.open(sealed).toString('utf8');
  }

  private evictOldest(): void {
    for (const id of this.kept.keys()) {
      this.kept.delete(id);
      return;
    }
  }
}

/** What shows who calls wins over a header of the same name. */
function withAuthentication(
  own: Readonly<Record<string, string>> | undefined,
  authentication: EndpointAuthentication | undefined,
): Readonly<Record<string, string>> | undefined {
  if (authentication === undefined || authentication.type === 'oauth2') return own;
  return { ...own, ...authenticationHeader(authentication) };
}

/** Leaves out the keys that sign no more. */
function expire(kept: Kept, nowMs: number): void {
  if (kept.opened === undefined) return;
  const live = kept.keys.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  kept.opened = { ...kept.opened, keys: live.map(({ key }) => key) };
  kept.validUntilMs = Math.min(...live.map(({ expiresAtMs }) => expiresAtMs));
}
