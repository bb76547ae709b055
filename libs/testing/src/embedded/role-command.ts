import { join } from 'node:path';
import { repositoryRoot } from './repository.js';

/**
 * How Node runs a role; the container image says the same in NODE_OPTIONS. A small young generation: on a machine with
 * much memory V8 would let it grow to 64 MiB a space, several times what the role itself keeps. And kafkajs sets timers in
 * the past, which Node remarks on once a process.
 */
const NODE_ARGUMENTS = ['--max-semi-space-size=16'] as const;

/** Arguments for Node to run one role's main.ts; `extra` go to Node itself: ['--cpu-prof', …]. */
export function roleArguments(role: string, extra: readonly string[] = []): readonly string[] {
  const loader = join(repositoryRoot, 'tooling', 'typescript.mjs');
  return [...NODE_ARGUMENTS, ...extra, '--import', loader, roleMain(role)];
}

/** The file that marks a role's process among others, by its command line. */
export function roleMain(role: string): string {
  return join(repositoryRoot, 'apps', role, 'src', 'main.ts');
}
