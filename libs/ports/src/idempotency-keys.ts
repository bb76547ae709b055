/** One use of an Idempotency-Key. Both are SHA-256, 32 bytes. */
export interface KeyUse {
  /** What the key belongs to: organisation, key, method and path. */
  readonly scope: Buffer;
  /** What was asked: query and body. */
  readonly fingerprint: Buffer;
  /** Milliseconds since 1970: when the request came in. */
  readonly atMs: number;
}

/** What is given again. Sealed, since an answer may hold a secret; empty for an answer without a body. */
export interface KeptAnswer {
  readonly status: number;
  /** Undefined: too large to be kept. */
  readonly body: Buffer | undefined;
}

export type KeyClaim =
  /**
   * The request is to be carried out, and the key held until it is answered or freed. `firstAtMs`: when a request of
   * this fingerprint first had the key; it stays the same when one before this crashed.
   */
  | { readonly kind: 'held'; readonly firstAtMs: number }
  | { readonly kind: 'answered'; readonly firstAtMs: number; readonly answer: KeptAnswer }
  /** The key was used, or is being used, for something else. */
  | { readonly kind: 'other-request' }
  /** The same request is being carried out; it may end at any moment. */
  | { readonly kind: 'running' };

/**
 * Which keys were used, and what was answered. A key is held by one process at a time; who holds it and falls silent
 * for some seconds has lost it. Keys are forgotten twelve hours after their first use.
 */
export abstract class IdempotencyKeys {
  /** @throws DatabaseUnavailableError when nothing is known of the key */
  abstract claim(use: KeyUse): Promise<KeyClaim>;
  /**
   * Keeps the answer; nothing happens when the key was lost meanwhile.
   * @throws DatabaseUnavailableError
   */
  abstract answer(use: KeyUse, answer: KeptAnswer): Promise<void>;
  /**
   * Lets the next one carry the request out.
   * @throws DatabaseUnavailableError
   */
  abstract free(use: KeyUse): Promise<void>;
}
