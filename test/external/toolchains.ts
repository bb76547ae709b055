import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';

const run = promisify(execFile);

export const projectRoot = join(import.meta.dirname, '..', '..');

/** The first of the programs that is not installed here; undefined when all are. */
export function absentOf(programs: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return programs.find((program) => !folders.some((folder) => existsSync(join(folder, program))));
}

/**
 * A suite for what else is installed; says what it skipped, and for want of what. SIGNPOST_EXTERNAL names the groups to
 * run, with commas; without it everything runs that is to be had.
 */
export function describeWith(group: string, programs: readonly string[], name: string, body: () => void): void {
  const isChosen = process.env['SIGNPOST_EXTERNAL']?.split(',').includes(group) ?? true;
  const absent = absentOf(programs);
  if (isChosen && absent === undefined) {
    describe(name, body);
    return;
  }
  const why = absent === undefined ? 'not chosen' : `${absent} is not installed`;
  process.stderr.write(`external: ${name} is skipped: ${why}\n`);
  describe.skip(name, body);
}

/** A copy of a folder to build in, kept between runs, so that builds are quick and the repository stays clean. */
export function buildFolder(source: string): string {
  const folder = join(projectRoot, '.signpost', 'external', source);
  mkdirSync(folder, { recursive: true });
  cpSync(join(projectRoot, source), folder, { recursive: true });
  return folder;
}

/** Runs a program to its end; what it printed is in the error if it fails. */
export async function build(cwd: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { cwd, maxBuffer: 64 * 1_048_576 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${args.join(' ')} in ${cwd} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
