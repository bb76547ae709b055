/** What is left of a rate limit: a bucket that holds one second's worth and fills at the rate. */
export interface TokenBucket {
  readonly tokens: number;
  /** When they were counted, in milliseconds since 1970. */
  readonly atMs: number;
}

/** What parts of a token add up to, a little less than one by rounding, is one. */
const WHOLE = 1 - 1e-9;

export function fullBucket(perSecond: number, nowMs: number): TokenBucket {
  return { tokens: Math.max(1, perSecond), atMs: nowMs };
}

/** A clock that goes back fills nothing, and takes nothing away. */
export function refilled({ tokens, atMs }: TokenBucket, perSecond: number, nowMs: number): TokenBucket {
  const gained = (Math.max(0, nowMs - atMs) / 1_000) * perSecond;
  return { tokens: Math.min(Math.max(1, perSecond), tokens + gained), atMs: nowMs };
}

/** Milliseconds until a refilled bucket holds a whole token; 0 when it does. */
export function tokenInMs({ tokens }: TokenBucket, perSecond: number): number {
  return tokens >= WHOLE ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000);
}

export function taken(bucket: TokenBucket): TokenBucket {
  return { ...bucket, tokens: bucket.tokens - 1 };
}
