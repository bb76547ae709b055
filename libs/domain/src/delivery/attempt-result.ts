/** How long each phase of a request took, in milliseconds; a phase that a kept-alive connection skipped is absent. */
export interface AttemptTiming {
  readonly lookupMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  /**
   * Until the receiver closed a kept connection under the request. It then went out again on a new one, and may have
   * arrived twice; absent where it went out once.
   */
  readonly lostMs?: number;
  readonly totalMs: number;
}

export type TimeoutPhase = 'connect' | 'first-byte' | 'total';

/** What the HTTP client saw. Facts only: no judgement about what to do next. */
export type AttemptResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** As it stood in the answer; retryAfterMs() reads it. */
      readonly retryAfter?: string;
      /** The first bytes of the answer, capped by configuration. */
      readonly body: string;
      /** By their lower-case names: those that were asked for, and otherwise what the log may keep; absent when there are none. */
      readonly headers?: Readonly<Record<string, string>>;
      readonly timing: AttemptTiming;
    }
  | { readonly kind: 'timeout'; readonly phase: TimeoutPhase; readonly timing: AttemptTiming }
  /** `code` is a short stable name: 'ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'INVALID_HTTP', … */
  | { readonly kind: 'network-error'; readonly code: string; readonly timing: AttemptTiming }
  /** The address guard refused; nothing was sent. `reason` names the rule, never an internal address. */
  | { readonly kind: 'blocked-address'; readonly reason: string; readonly timing: AttemptTiming };
