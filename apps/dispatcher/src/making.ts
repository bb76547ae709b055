import type { MadeMark } from '@signpost/contracts';
import {
  AppError,
  faultReason,
  withMadePath,
  type Endpoint,
  type MadeMethod,
  type MadeRequest,
  type SecretBox,
  type TransformationFault,
} from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { Transformer } from '@signpost/ports';
import type { DeliveryTraces } from './delivery-traces.js';
import type { QueuedDelivery } from './queued-delivery.js';

/** What goes out for a delivery, but for what signs it and shows who calls. */
export interface OutgoingRequest {
  readonly kind: 'request';
  readonly url: string;
  readonly body: Buffer;
  readonly method?: MadeMethod;
  /** Over the endpoint's own, by lower-case names; the content type, where it is not JSON's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the transformation that made it; absent where none did. */
  readonly version?: number;
  /** Made for the first time just now: what every later attempt has to send again. */
  readonly carried?: Carried;
}

export interface Carried {
  readonly mark: MadeMark;
  readonly body: Buffer;
}

export type Making =
  | OutgoingRequest
  | { readonly kind: 'declined'; readonly version: number }
  | { readonly kind: 'failed'; readonly version: number; readonly reason: string; readonly message: string };

/** What of a made request is sealed: headers may hold keys, and so may a path. */
type Sealed = Pick<MadeRequest, 'method' | 'path' | 'headers'>;

/** A delivery of an endpoint without a transformation. */
export function asItCame({ payload }: QueuedDelivery, { url }: Endpoint): OutgoingRequest {
  return { kind: 'request', url, body: payload };
}

/**
 * Makes a delivery's request by its endpoint's transformation: once, at the first attempt for which the code can be run.
 * What came of it travels with the delivery from then on, so that a retry sends the same, whatever the code is by then.
 */
export class Makings {
  constructor(
    private readonly transformer: Transformer,
    private readonly box: SecretBox,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly traces: Pick<DeliveryTraces, 'logged'>,
  ) {}

  /** `code`: the transformation's, opened. Never rejects. */
  async of(entry: QueuedDelivery, endpoint: Endpoint, code: string | undefined): Promise<Making> {
    const { made } = entry.delivery;
    if (made !== undefined) return this.again(entry, endpoint, made);
    const { transformation } = endpoint;
    if (transformation === undefined || code === undefined) return asItCame(entry, endpoint);
    const sinceMs = performance.now();
    const outcome = await this.transformer.run({
      applicationId: endpoint.applicationId,
      code,
      input: inputOf(entry, endpoint),
    });
    this.metrics.of.transformationDuration.observe((performance.now() - sinceMs) / 1_000);
    this.metrics.of.transformations.inc({ outcome: outcome.kind === 'fault' ? outcome.code : outcome.kind });
    switch (outcome.kind) {
      case 'declined':
        return { kind: 'declined', version: transformation.version };
      case 'fault':
        return {
          kind: 'failed',
          version: transformation.version,
          reason: faultReason(outcome.code),
          message: messageOf(outcome, transformation.version),
        };
      case 'made':
        return this.request(entry, endpoint, outcome, transformation.version);
    }
  }

  private request(entry: QueuedDelivery, endpoint: Endpoint, made: MadeRequest, version: number): OutgoingRequest {
    const { method, path, headers } = made;
    const sealed: Sealed = {
      ...(method === undefined ? {} : { method }),
      ...(path === undefined ? {} : { path }),
      ...(headers === undefined ? {} : { headers }),
    };
    const body = made.body === undefined ? entry.payload : Buffer.from(made.body, 'utf8');
    const isPlain = Object.keys(sealed).length === 0;
    const request = isPlain ? {} : { request: this.box.seal(Buffer.from(JSON.stringify(sealed))) };
    return { ...withSealed(endpoint, body, sealed), version, carried: { mark: { version, ...request }, body } };
  }

  private again({ delivery, payload }: QueuedDelivery, endpoint: Endpoint, { version, request }: MadeMark): Making {
    if (request === undefined) return { ...withSealed(endpoint, payload, {}), version };
    try {
      const sealed = JSON.parse(this.box.open(request).toString('utf8')) as Sealed;
      return { ...withSealed(endpoint, payload, sealed), version };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.error(
        'what is sealed of a made request cannot be opened: it is not sent',
        error,
        this.traces.logged(delivery),
      );
      return { kind: 'failed', version, reason: 'secret-unreadable', message: '' };
    }
  }
}

function inputOf({ delivery, payload }: QueuedDelivery, { url }: Endpoint) {
  const { eventType, acceptedAtMs } = delivery;
  return { url, eventType, payload, atMs: acceptedAtMs };
}

function withSealed({ url }: Endpoint, body: Buffer, { method, path, headers }: Sealed): OutgoingRequest {
  return {
    kind: 'request',
    url: withMadePath(url, path),
    body,
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers }),
  };
}

const messageOf = ({ message }: TransformationFault, version: number): string =>
  `Nothing was sent: version ${String(version)} of the transformation failed. ${message} The next attempt runs the version that is in force then.`;
