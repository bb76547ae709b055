import {
  boundedTimeouts,
  readTokenAnswer,
  TOKEN_ANSWER_BYTES,
  tokenRequest,
  type AttemptTiming,
  type ClientCredentials,
  type Endpoint,
  type EndpointId,
  type TokenAnswer,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { AttemptTimeouts, WebhookSender } from '@signpost/ports';

const KEPT_TOKENS = 10_000;
/** A token server is no receiver of payloads: it answers quickly, or something is wrong with it. */
const ANSWERED_WITHIN_MS = 10_000;
/** After a fresh token was refused as well, the refusal is not the token's fault: nothing is renewed for this long. */
const RENEWAL_PAUSE_MS = 60_000;

/** A token, or why there is none; `timing`: of the request for it, where one was made just now. */
export type Token = TokenAnswer & { readonly timing: AttemptTiming };
export type UsableToken = Token & { readonly kind: 'token' };

interface Kept {
  readonly version: number;
  token: UsableToken | undefined;
  asking: Promise<Token> | undefined;
  noRenewalBeforeMs: number;
}

/** Fetches access tokens by the one way out, keeps each until shortly before its end, and asks once for all who wait. */
export class AccessTokens {
  private readonly kept = new Map<EndpointId, Kept>();

  constructor(
    private readonly sender: WebhookSender,
    private readonly timeouts: AttemptTimeouts,
    private readonly log: Log,
  ) {}

  of(endpoint: Endpoint, client: ClientCredentials): Promise<Token> {
    const kept = this.keptOf(endpoint);
    const { token, asking } = kept;
    if (token !== undefined && Date.now() < token.renewAtMs) return Promise.resolve(token);
    return asking ?? this.ask(kept, endpoint, client);
  }

  /**
   * Another token in place of one that the receiver refused; undefined when a fresh one was refused a moment ago,
   * too, so that none will do.
   */
  async renewed(endpoint: Endpoint, client: ClientCredentials, refused: UsableToken): Promise<Token | undefined> {
    const kept = this.keptOf(endpoint);
    // Somebody else has renewed it meanwhile.
    if (kept.token !== undefined && kept.token.token !== refused.token) return kept.token;
    if (kept.asking !== undefined) return kept.asking;
    if (Date.now() < kept.noRenewalBeforeMs) return undefined;
    kept.token = undefined;
    kept.noRenewalBeforeMs = Date.now() + RENEWAL_PAUSE_MS;
    return this.ask(kept, endpoint, client);
  }

  private ask(kept: Kept, endpoint: Endpoint, client: ClientCredentials): Promise<Token> {
    kept.asking = this.fetch(endpoint, client).then((token) => {
      kept.asking = undefined;
      kept.token = token.kind === 'token' ? token : undefined;
      return token;
    });
    return kept.asking;
  }

  private async fetch(endpoint: Endpoint, client: ClientCredentials): Promise<Token> {
    const { totalMs, ...timeouts } = boundedTimeouts(this.timeouts, endpoint.timeouts);
    try {
      const result = await this.sender.send({
        ...tokenRequest(client),
        timeouts: { ...timeouts, totalMs: Math.min(totalMs, ANSWERED_WITHIN_MS) },
        answerBytes: TOKEN_ANSWER_BYTES,
      });
      return { ...readTokenAnswer(result, Date.now()), timing: result.timing };
    } catch (error) {
      // A fault of ours: it must cost this delivery an attempt, not all deliveries their process.
      this.log.error('the sender failed at a token server', error, { endpointId: endpoint.id });
      return { kind: 'failed', reason: 'network:INTERNAL', timedOut: false, timing: { totalMs: 0 } };
    }
  }

  private keptOf({ id, version }: Endpoint): Kept {
    const known = this.kept.get(id);
    if (known?.version === version) return known;
    const fresh: Kept = { version, token: undefined, asking: undefined, noRenewalBeforeMs: 0 };
    this.kept.delete(id);
    const [oldest] = this.kept.size >= KEPT_TOKENS ? this.kept.keys() : [];
    if (oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(id, fresh);
    return fresh;
  }
}
