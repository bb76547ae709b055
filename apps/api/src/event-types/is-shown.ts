import type { KeptEventType } from '@signpost/ports';
import type { Caller } from '@signpost/runtime';

/** A portal shows event types without a feature flag, and those with one of its own flags. */
export const isShown = (
  { featureFlag }: Pick<KeptEventType, 'featureFlag'>,
  { portal }: Pick<Caller, 'portal'>,
): boolean => portal === undefined || featureFlag === undefined || portal.featureFlags.includes(featureFlag);
