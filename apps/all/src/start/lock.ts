import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { StartError } from './errors.js';
import type { Home } from './home.js';

const MARK = 'start.ts';

/**
 * Claims the folder for this process; returns what gives it back.
 * @throws StartError when a start that still runs has it
 */
export function claim(home: Home): () => void {
  const file = home.path('start.pid');
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (isStart(pid)) {
      throw new StartError(
        'already_running',
        `Signpost already runs in ${home.folder} as process ${String(pid)}: stop that one (Ctrl-C there, or kill ${String(pid)}), ` +
          'or set SIGNPOST_HOME to another folder to run a second one beside it',
      );
    }
    rmSync(file, { force: true });
  }
}

/** Ids are used again: where the system shows command lines, this one has to be ours. */
function isStart(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const commandLine = `/proc/${String(pid)}/cmdline`;
  return !existsSync('/proc/self') || (existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(MARK));
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
