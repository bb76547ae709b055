/** A secret that was replaced and signs on for a while. */
export interface RetiredSecret {
  readonly sealed: string;
  /** From then on it signs no more; milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** What an endpoint's messages are signed with. */
export interface SigningSecrets {
  /** Sealed, newest first: each of them signs. */
  readonly secrets: readonly string[];
  /** Those before them, newest first: each signs until it expires. */
  readonly retiredSecrets?: readonly RetiredSecret[];
}

/** A receiver reads them all in one header, so there have to be few. */
export const MOST_RETIRED_SECRETS = 10;

export type Rotation =
  | { readonly kind: 'rotated'; readonly secrets: SigningSecrets }
  /** As many as may be are still signing; `nextAtMs`: when the first of them expires. */
  | { readonly kind: 'too-many'; readonly nextAtMs: number };

/** `next` takes over; what signed so far goes on for `graceMs` milliseconds. */
export function rotate(current: SigningSecrets, next: string, graceMs: number, nowMs: number): Rotation {
  const expiresAtMs = nowMs + graceMs;
  const replaced = graceMs > 0 ? current.secrets.map((sealed) => ({ sealed, expiresAtMs })) : [];
  const retired = [...replaced, ...unexpired(current.retiredSecrets, nowMs)];
  if (retired.length > MOST_RETIRED_SECRETS) {
    return { kind: 'too-many', nextAtMs: Math.min(...retired.slice(replaced.length).map((one) => one.expiresAtMs)) };
  }
  return {
    kind: 'rotated',
    secrets: { secrets: [next], ...(retired.length === 0 ? {} : { retiredSecrets: retired }) },
  };
}

export function unexpired(retired: readonly RetiredSecret[] = [], nowMs: number): readonly RetiredSecret[] {
  return retired.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
}
