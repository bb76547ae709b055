import {
  AppError,
  parseSigningKey,
  type Endpoint,
  type EndpointId,
  type SecretBox,
  type SigningKey,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';

const KEPT_ENDPOINTS = 10_000;

interface Opened {
  readonly version: number;
  /** Undefined: they cannot be opened. */
  readonly keys: readonly SigningKey[] | undefined;
}

/** Opens an endpoint's sealed secrets once a version, and keeps the keys of the endpoints used last. */
export class SigningKeys {
  private readonly opened = new Map<EndpointId, Opened>();

  constructor(
    private readonly box: SecretBox,
    private readonly log: Log,
  ) {}

  /** Undefined when a secret cannot be opened: nothing is ever sent unsigned. */
  of(endpoint: Endpoint): readonly SigningKey[] | undefined {
    const known = this.opened.get(endpoint.id);
    if (known?.version === endpoint.version) return known.keys;
    const keys = this.open(endpoint);
    if (this.opened.size >= KEPT_ENDPOINTS) this.evictOldest();
    this.opened.set(endpoint.id, { version: endpoint.version, keys });
    return keys;
  }

  private open(endpoint: Endpoint): readonly SigningKey[] | undefined {
    try {
      const keys = endpoint.secrets.map((sealed) => parseSigningKey(this.box.open(sealed).toString('utf8')));
      if (keys.length > 0) return keys;
      this.log.error('an endpoint has no signing secret: nothing is sent to it', undefined, {
        endpointId: endpoint.id,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.error('an endpoint cannot be signed for: nothing is sent to it', error, { endpointId: endpoint.id });
    }
    return undefined;
  }

  private evictOldest(): void {
    for (const id of this.opened.keys()) {
      this.opened.delete(id);
      return;
    }
  }
}
