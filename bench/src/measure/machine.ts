import { execFileSync, spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { repositoryRoot } from '../repository.js';

/** What a result has to be read with. No name of the machine, and no path of it. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string;
}

export interface Commit {
  readonly id: string;
  /** Something else than what was committed was measured. */
  readonly dirty: boolean;
}

export function thisMachine(): Machine {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    java: /version "([^"]+)"/.exec(java.stderr)?.[1] ?? 'unknown',
  };
}

export function thisCommit(): Commit {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
    const changes = git('status', '--porcelain', '--', '.', ':(exclude)bench/results');
    return { id: git('rev-parse', '--short=12', 'HEAD'), dirty: changes !== '' };
  } catch {
    return { id: 'unknown', dirty: true };
  }
}
