import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  judge,
  parseSigningKey,
  SecretBox,
  webhookHeaders,
  type AttemptResult,
  type SigningKey,
} from '@signpost/domain';
import { EGRESS_CONFIG, type EgressConfig } from '@signpost/egress';
import { Log } from '@signpost/observability';
import {
  EndpointStore,
  WebhookSender,
  type WebhookRequest,
  type KeptEndpoint,
  type NumberedRedelivery,
  type Recovery,
  type TrialResult,
} from '@signpost/ports';

/** Requests at once, where a trial does not say. */
const USUAL_AT_ONCE = 10;

/**
 * Sends what a trial is over to another URL, once each, signed as for its endpoint. It goes past the lanes: nothing of it
 * is a fact about the delivery, and the endpoint, its breaker and its schedule have no part in it. The endpoint's own
 * headers, credentials and certificate stay behind: they are for its receiver alone.
 */
@Injectable()
export class Trials {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly sender: WebhookSender,
    private readonly box: SecretBox,
    private readonly log: Log,
    @Inject(EGRESS_CONFIG) private readonly config: EgressConfig,
  ) {}

  /** Never rejects for what a receiver does. */
  async send(recovery: Recovery, url: string, due: readonly NumberedRedelivery[]): Promise<readonly TrialResult[]> {
    const [first] = due;
    if (first === undefined) return [];
    const [endpoint] = await this.endpoints.some(first.message.applicationId, [first.endpointId]);
    const keys = endpoint === undefined ? undefined : this.keysOf(endpoint);
    const { concurrency = USUAL_AT_ONCE } = recovery;
    const results: TrialResult[] = [];
    let next = 0;
    const work = async () => {
      for (let one = due[next]; one !== undefined; one = due[next]) {
        next += 1;
        results.push(await this.sendOne(one, url, keys));
      }
    };
    await Promise.all(Array.from({ length: Math.min(due.length, concurrency) }, work));
    return results;
  }

  private async sendOne(
    { sequence, message }: NumberedRedelivery,
    url: string,
    keys: readonly SigningKey[] | undefined,
  ): Promise<TrialResult> {
    if (keys === undefined) return { sequence, result: 'failed', why: 'secret-unreadable' };
    const at = new Date();
    const headers = {
      'content-type': 'application/json',
      ...webhookHeaders(message.id, at, message.payload, keys),
    };
    const answer = await this.request({ url, headers, body: message.payload, timeouts: this.config.timeouts });
    const verdict = judge(answer, new Date());
    const status = answer.kind === 'response' ? { status: answer.status } : {};
    if (verdict.kind === 'delivered') return { sequence, result: 'delivered', ...status };
    return { sequence, result: 'failed', why: verdict.reason, ...status };
  }

  private async request(request: WebhookRequest): Promise<AttemptResult> {
    try {
      return await this.sender.send(request);
    } catch (error) {
      // A fault of ours: one record's, or the others of its batch would be sent again and again.
      this.log.error('the sender failed in a trial', error);
      return { kind: 'network-error', code: 'INTERNAL', timing: { totalMs: 0 } };
    }
  }

  /** Undefined: one of them cannot be opened, and nothing is sent unsigned. */
  private keysOf({ id, secrets, retiredSecrets = [] }: KeptEndpoint): readonly SigningKey[] | undefined {
    try {
      const live = retiredSecrets.filter(({ expiresAtMs }) => expiresAtMs > Date.now());
      const sealed = [...secrets, ...live.map((retired) => retired.sealed)];
      return sealed.map((text) => parseSigningKey(this.box.open(text).toString('utf8')));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.error("an endpoint's secret cannot be opened: a trial sends nothing for it", error, { endpointId: id });
      return undefined;
    }
  }
}
