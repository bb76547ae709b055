import { Inject, Injectable } from '@nestjs/common';
import type { PermissionOut, Tls, TlsOut } from '@signpost/contracts';
import {
  checkTls,
  judgePermission,
  PERMISSION_ANSWER_HEADERS,
  permissionHeaders,
  permissionState,
  SecretBox,
  summariesOf,
  type CertificateSummary,
  type DeliveryPermission,
  type EndpointTls,
  type ValidationMethod,
} from '@signpost/domain';
import { EGRESS_CONFIG, type EgressConfig } from '@signpost/egress';
import { OptionsSender, type Change, type EndpointFields, type KeptEndpoint } from '@signpost/ports';
import { ApiError, ValidationError } from '@signpost/runtime';
import type * as z from 'zod';

/** Whoever calls the API waits for the receiver no longer than this, whatever an attempt may take. */
const ASKED_WITHIN_MS = 10_000;

interface Receiver {
  readonly url: string;
  readonly tls?: EndpointTls | undefined;
  /** Messages a second. */
  readonly throttleRate?: number | undefined;
}

interface Asked {
  readonly tls?: z.output<typeof Tls> | null | undefined;
  readonly validation?: ValidationMethod | null | undefined;
}
type SecurityChange = Change<Pick<EndpointFields, 'tls' | 'permission'>>;

/** Checks and seals what an endpoint is called with, and asks its receiver for permission. */
@Injectable()
export class EndpointSecurity {
  constructor(
    private readonly box: SecretBox,
    private readonly sender: OptionsSender,
    @Inject(EGRESS_CONFIG) private readonly config: EgressConfig,
  ) {}

  /**
   * What changes when this is asked for `receiver`, the endpoint as it is going to be. The receiver is asked for its
   * permission when that is new, or when its URL is, which may take seconds.
   * @throws ValidationError naming every fault of the PEM
   */
  async changeFor(asked: Asked, receiver: Receiver, existing?: KeptEndpoint): Promise<SecurityChange> {
    const tls = asked.tls === undefined ? existing?.tls : this.seal(asked.tls);
    const change = asked.tls === undefined ? {} : { tls };
    const before = existing?.permission;
    const method = asked.validation === undefined ? before?.method : (asked.validation ?? undefined);
    if (method === undefined) return asked.validation === undefined ? change : { ...change, permission: undefined };
    const stands = before?.url === receiver.url && (before.state === 'allowed' || asked.validation === undefined);
    return stands ? change : { ...change, permission: await this.ask(method, { ...receiver, tls }) };
  }

  /** @throws ApiError when the endpoint does not need its receiver's permission */
  async askAgain(endpoint: KeptEndpoint): Promise<DeliveryPermission> {
    if (endpoint.permission === undefined) {
      throw new ApiError(
        409,
        'validation_not_asked_for',
        'This endpoint does not need its receiver\'s permission. Set its validation to "cloudevents-options" first.',
      );
    }
    return this.ask(endpoint.permission.method, endpoint);
  }

  private seal(given: z.output<typeof Tls> | null | undefined): EndpointTls | undefined {
    if (given == null) return undefined;
    const { certificate, privateKey, ca } = given;
    const texts = { certificate: certificate ?? undefined, privateKey: privateKey ?? undefined, ca: ca ?? undefined };
    const check = checkTls(texts, new Date());
    if (check.kind === 'faulty') {
      throw new ValidationError(
        check.faults.map(({ field, code, reason }) => ({ loc: ['body', 'tls', field], msg: reason, type: code })),
      );
    }
    const { client, ca: authorities } = check.tls;
    return {
      ...(client === undefined
        ? {}
        : { client: { ...client, privateKey: this.box.seal(Buffer.from(client.privateKey)) } }),
      ...(authorities === undefined ? {} : { ca: authorities }),
    };
  }

  private async ask(method: ValidationMethod, { url, tls, throttleRate }: Receiver): Promise<DeliveryPermission> {
    const ratePerMinute = throttleRate === undefined ? undefined : throttleRate * 60;
    const asked = { origin: this.config.origin, ratePerMinute };
    const { timeouts } = this.config;
    const result = await this.sender.options({
      url,
      headers: permissionHeaders(asked),
      answerHeaders: PERMISSION_ANSWER_HEADERS,
      timeouts: { ...timeouts, totalMs: Math.min(timeouts.totalMs, ASKED_WITHIN_MS) },
      ...(tls === undefined ? {} : { tls }),
    });
    return { method, url, ...judgePermission(result, asked), askedAtMs: Date.now() };
  }
}

/** Of certificates what anybody may see; of the private key nothing. */
export function tlsOut({ client, ca }: EndpointTls): TlsOut {
  const [certificate] = client === undefined ? [] : summariesOf(client.certificate);
  return {
    ...(certificate === undefined ? {} : { certificate: certificateOut(certificate) }),
    ...(ca === undefined ? {} : { ca: summariesOf(ca).map(certificateOut) }),
  };
}

export function permissionOut(endpoint: KeptEndpoint, permission: DeliveryPermission): PermissionOut {
  const state = permissionState({ url: endpoint.url, permission });
  const { reason, ratePerMinute } = permission;
  const isOfThisUrl = permission.url === endpoint.url;
  return {
    state,
    ...(isOfThisUrl && reason !== undefined ? { reason } : {}),
    ...(isOfThisUrl && ratePerMinute !== undefined ? { ratePerMinute } : {}),
    askedAt: new Date(permission.askedAtMs).toISOString(),
  };
}

const certificateOut = ({ subject, fingerprint, expiresAt }: CertificateSummary) => ({
  subject,
  fingerprint,
  expiresAt: expiresAt.toISOString(),
});
