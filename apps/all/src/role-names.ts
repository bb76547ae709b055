import { AppError } from '@signpost/domain';
import type { RoleName } from '@signpost/runtime';

/** Every role, in the order in which an event meets them. */
export const ALL_ROLES = [
  'ingest',
  'subscription-matcher',
  'dispatcher',
  'retry-scheduler',
  'recorder',
  'api',
] as const satisfies readonly RoleName[];

/** Names from a comma list; an empty or absent list means every role. */
export function readRoleNames(list: string | undefined, source: string): readonly RoleName[] {
  const names = (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => !isRoleName(name));
  if (unknown.length > 0) {
    throw new UnknownRoleError(
      `${source}: there is no role ${unknown.join(', ')}; the roles are ${ALL_ROLES.join(', ')}`,
    );
  }
  return names.length === 0 ? ALL_ROLES : ALL_ROLES.filter((role) => names.includes(role));
}

function isRoleName(name: string): name is RoleName {
  return (ALL_ROLES as readonly string[]).includes(name);
}

export class UnknownRoleError extends AppError {
  readonly code = 'role_unknown';
}
