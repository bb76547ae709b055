import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedServiceError } from '../errors.js';

const NOBODY = 65_534;

/** A way to run a program that refuses to run as root. */
export interface Unprivileged {
  readonly name: string;
  /** Put before the program; empty when this process is not root. */
  readonly prefix: readonly string[];
  /** Who must own the data, seen from here; undefined leaves it as it is. */
  readonly owner: number | undefined;
}

const NOT_ROOT: Unprivileged = { name: 'as is', prefix: [], owner: undefined };

/** Best first: the first needs no rights on the folders above the data, the last needs them all open. */
const WAYS: readonly Unprivileged[] = [
  {
    name: 'user name space',
    prefix: ['unshare', '--user', `--map-user=${String(NOBODY)}`, `--map-group=${String(NOBODY)}`, '--'],
    owner: 0,
  },
  {
    name: 'nobody, able to enter any folder',
    prefix: [
      ...asNobody(),
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      '--bounding-set=-all,+dac_override',
      '--',
    ],
    owner: NOBODY,
  },
  { name: 'nobody', prefix: [...asNobody(), '--'], owner: NOBODY },
];

function asNobody(): string[] {
  return ['setpriv', `--reuid=${String(NOBODY)}`, `--regid=${String(NOBODY)}`, '--clear-groups'];
}

/**
 * The first way in which `program --version` runs as somebody else than root and may write into `folder`.
 * Throws `postgres_needs_non_root`.
 */
export function unprivileged(program: string, folder: string, ways: readonly Unprivileged[] = WAYS): Unprivileged {
  if (process.getuid?.() !== 0) return NOT_ROOT;
  const found = ways.find((way) => works(way, program, folder));
  if (found !== undefined) return found;
  throw new EmbeddedServiceError(
    'postgres_needs_non_root',
    'PostgreSQL refuses to run as root, and neither a user name space nor the user nobody can be used here: ' +
      'run this as an ordinary user, or point DATABASE_URL at a PostgreSQL that runs elsewhere',
  );
}

function works(way: Unprivileged, program: string, folder: string): boolean {
  const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 };
  try {
    giveTo(way, folder);
    const [command = '', ...args] = way.prefix;
    const checks = 'test "$(id -u)" != 0 && test -w "$1" && cd "$1" && exec "$0" --version';
    execFileSync(command, [...args, 'sh', '-c', checks, program, folder], quiet);
    return true;
  } catch {
    return false;
  }
}

/** Another way may have been used on this data before: PostgreSQL insists that it owns it. */
export function giveTo(way: Unprivileged, folder: string): void {
  if (way.owner === undefined) return;
  if (lstatSync(folder).uid !== way.owner) chownSync(folder, way.owner, way.owner);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink() && lstatSync(path).uid !== way.owner) chownSync(path, way.owner, way.owner);
  }
}
