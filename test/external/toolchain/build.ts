import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const FETCH_MS = 300_000;
const COMPILE_MS = 600_000;
const MOST_OUTPUT = 3_000;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Something of another toolchain that a test runs, built in .signpost/external/<name>. */
export interface Program {
  readonly name: string;
  /** As it is chosen by SIGNPOST_EXTERNAL. */
  readonly group: string;
  /** Folders below test/external whose files, not theirs below, are copied to the build. */
  readonly sources: readonly string[];
  /** Programs that have to be there; each must end well when asked for its version. */
  readonly needs: readonly Command[];
  /** Brings packages from their registry; failing means that the registry is not to be had. */
  readonly fetch: readonly Command[];
  readonly compile?: readonly Command[];
}

export type Built =
  | { readonly kind: 'built'; readonly folder: string }
  /** The toolchain or the registry is missing, or it was not chosen: the tests are skipped with these words. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** What we wrote does not build, or what was asked for by name is not there: the tests fail with these words. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Builds the program unless its build of the same sources and versions is there. SIGNPOST_EXTERNAL names the groups to
 * run, with commas; of what it names nothing may be missing. Without it everything runs that is to be had.
 */
export function build(program: Program): Built {
  const chosen = process.env['SIGNPOST_EXTERNAL']?.split(',').filter((name) => name !== '');
  const isAsked = chosen?.includes(program.group) === true;
  if (chosen !== undefined && !isAsked) return told(program, { kind: 'missing', reason: 'not chosen' });
  const absent = (reason: string): Built => told(program, { kind: isAsked ? 'broken' : 'missing', reason });
  for (const need of program.needs) {
    const failed = run(need, root, FETCH_MS);
    if (failed !== undefined) return absent(`${need.command} is not installed, or does not work: ${failed}`);
  }
  const folder = join(root, '.signpost', 'external', program.name);
  const stamp = join(folder, '.built');
  const wanted = fingerprint(program);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { kind: 'built', folder };
  process.stderr.write(`external: building ${program.name} (once per change)\n`);
  rmSync(stamp, { force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of filesOf(program)) cpSync(path, join(folder, basename(path)));
  for (const command of program.fetch) {
    const failed = run(command, folder, FETCH_MS);
    if (failed !== undefined) return absent(`its packages cannot be fetched: ${failed}`);
  }
  for (const command of program.compile ?? []) {
    const failed = run(command, folder, COMPILE_MS);
    if (failed !== undefined) return { kind: 'broken', reason: `${program.name} does not build: ${failed}` };
  }
  writeFileSync(stamp, wanted);
  return { kind: 'built', folder };
}

function told<T extends Built>({ name }: Program, built: T): T {
  if (built.kind === 'missing') process.stderr.write(`external: ${name} is skipped: ${built.reason}\n`);
  return built;
}

function filesOf({ sources }: Program): readonly string[] {
  return sources.flatMap((source) =>
    readdirSync(join(import.meta.dirname, '..', source), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}

function fingerprint(program: Program): string {
  const hash = createHash('sha256').update(JSON.stringify(program));
  for (const path of filesOf(program).toSorted()) hash.update(basename(path)).update(readFileSync(path));
  return hash.digest('hex');
}

/** Undefined when it ended well; otherwise why not. */
function run({ command, args, env }: Command, cwd: string, timeoutMs: number): string | undefined {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...withoutOurNode(process.env), ...env },
    timeout: timeoutMs,
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
  });
  if (result.status === 0) return undefined;
  const why = result.error?.message ?? `exit code ${String(result.status)}`;
  return `${command} ${args.join(' ')}: ${why}\n${`${result.stdout}${result.stderr}`.slice(-MOST_OUTPUT)}`;
}

/** What Jest's own Node is given is not meant for another's tools. */
function withoutOurNode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return { ...env, NODE_OPTIONS: '', PATH: path.join(delimiter) };
}
