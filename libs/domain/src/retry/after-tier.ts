import type { Tier } from './tiers.js';

/** Where a delivery goes when its time in a tier is up. */
export type AfterTier =
  | { readonly kind: 'hop'; readonly tier: Tier; readonly rest: readonly Tier[] }
  /** Back to the endpoint's dispatcher. It alone judges a disabled endpoint, so that one process writes a lane's memory. */
  | { readonly kind: 'return' }
  | { readonly kind: 'cancel' };

/** `next`: the tiers still to wait in. `endpointExists`: by a view that has read all that the delivery was made from. */
export function afterTier(next: readonly Tier[], endpointExists: boolean): AfterTier {
  if (!endpointExists) return { kind: 'cancel' };
  const [tier, ...rest] = next;
  return tier === undefined ? { kind: 'return' } : { kind: 'hop', tier, rest };
}
