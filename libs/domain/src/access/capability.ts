import type { Scope } from './scope.js';

/** What a portal token may do within its one application, as the Svix API names it. */
export const CAPABILITIES = [
  'ViewBase',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'ManageTransformations',
  'CreateAttempts',
  'ManageEndpoint',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

const INCLUDES: Readonly<Record<Capability, readonly Capability[]>> = {
  ViewBase: [],
  ViewEndpointSecret: ['ViewBase'],
  ManageEndpointSecret: ['ViewEndpointSecret', 'ViewBase'],
  ManageTransformations: ['ViewBase'],
  CreateAttempts: ['ViewBase'],
  ManageEndpoint: ['ManageEndpointSecret', 'ViewEndpointSecret', 'ViewBase'],
};

/** Whether a token with `held` may do what needs `needed`. Every token may look; who manages a secret may see it. */
export function allows(held: readonly Capability[], needed: Capability): boolean {
  return needed === 'ViewBase' || held.some((one) => one === needed || INCLUDES[one].includes(needed));
}

/** The scopes that a key needs to give this capability away: a portal token never reaches beyond who made it. */
export function scopesToGrant(capability: Capability): readonly Scope[] {
  switch (capability) {
    case 'ViewBase':
      return ['read'];
    case 'CreateAttempts':
      return ['ops'];
    case 'ViewEndpointSecret':
    case 'ManageEndpointSecret':
    case 'ManageTransformations':
    case 'ManageEndpoint':
      return ['write'];
  }
}
