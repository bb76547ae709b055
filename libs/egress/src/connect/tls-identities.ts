import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { AppError, type EndpointTls, type SecretBox } from '@signpost/domain';

/** The client certificate cannot be used: its key cannot be opened, or OpenSSL does not take it. */
export class ClientCertificateError extends AppError {
  readonly code = 'client_certificate_unusable';
}

/** Who calls, and whose word it takes for who is called. */
export interface TlsIdentity {
  /** Equal for equal identities alone: connections are kept apart by it. '' is everybody's. */
  readonly key: string;
  readonly context: SecureContext;
}

/** Contexts of endpoints that are kept; the one unused longest is made anew when it is needed. */
const KEPT_CONTEXTS = 1_024;
export const MIN_TLS_VERSION = 'TLSv1.2';

/** Makes each endpoint's TLS context once, and keeps those used last. No private key leaves it. */
export class TlsIdentities {
  private usual: TlsIdentity | undefined;
  private readonly kept = new Map<string, TlsIdentity>();
  private readonly keys = new WeakMap<EndpointTls, string>();

  /** `authorities`: PEM, trusted beside the public ones. `box`: opens private keys; without it none can be used. */
  constructor(
    private readonly authorities: readonly string[],
    private readonly box: SecretBox | undefined,
  ) {}

  /** @throws ClientCertificateError */
  of(tls: EndpointTls | undefined): TlsIdentity {
    if (tls === undefined) return (this.usual ??= { key: '', context: this.contextOf({}) });
    const key = this.keyOf(tls);
    const identity = this.kept.get(key) ?? { key, context: this.contextOf(tls) };
    this.kept.delete(key);
    this.kept.set(key, identity);
    if (this.kept.size > KEPT_CONTEXTS) {
      const [oldest] = this.kept.keys();
      if (oldest !== undefined) this.kept.delete(oldest);
    }
    return identity;
  }

  private keyOf(tls: EndpointTls): string {
    const known = this.keys.get(tls);
    if (known !== undefined) return known;
    const parts = [tls.client?.certificate, tls.client?.privateKey, tls.ca];
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
    this.keys.set(tls, key);
    return key;
  }

  private contextOf({ client, ca }: EndpointTls): SecureContext {
    try {
      return createSecureContext({
        minVersion: MIN_TLS_VERSION,
        ...(ca === undefined ? this.trusted() : { ca }),
        ...(client === undefined ? {} : { cert: client.certificate, key: this.open(client.privateKey) }),
      });
    } catch (error) {
      throw new ClientCertificateError('the TLS settings of an endpoint cannot be used', {}, error);
    }
  }

  private trusted(): { ca?: string[] } {
    return this.authorities.length === 0 ? {} : { ca: [...getCACertificates('default'), ...this.authorities] };
  }

  private open(sealed: string): Buffer {
    if (this.box === undefined) throw new Error('no box that opens private keys');
    return this.box.open(sealed);
  }
}
