import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a tool says of files: whether it is content, and why not. */
export interface Said {
  readonly isContent: boolean;
  readonly text: string;
}

/** Runs promtool or amtool; with files, in a folder that has them and goes with them. */
export async function ask(
  program: 'promtool' | 'amtool',
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const { stdout, stderr } = await run(program, [...args], { cwd: folder, maxBuffer: 64 * 1_048_576 });
    return { isContent: true, text: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    // It ran and found something; everything else is no answer.
    if (typeof code !== 'number') throw error;
    return { isContent: false, text: `${stdout}${stderr}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
