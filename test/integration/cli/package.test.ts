import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort, freshFolder } from '@signpost/testing';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
/** As large as it may become: it is fetched each time that somebody says npx. */
const MOST_BYTES = 600_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(command, args, { env: { PATH: process.env['PATH'], ...env } });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { code, stdout, stderr };
  }
}

/** Every Node on the PATH beside this one, by its major version. */
async function nodes(): Promise<ReadonlyMap<number, string>> {
  const found = new Map([[Number(process.versions.node.split('.')[0]), process.execPath]]);
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (!existsSync(node)) continue;
    const major = Number(/^v(\d+)/.exec((await ended(node, ['--version'])).stdout)?.[1]);
    if (!found.has(major)) found.set(major, node);
  }
  return found;
}

describe('the published package', () => {
  const folder = freshFolder();
  const installed = join(folder, 'project', 'node_modules', 'signpost');
  const program = join(installed, 'dist', 'signpost.js');

  beforeAll(async () => {
    const built = join(folder, 'package');
    await run(process.execPath, [join(root, 'tooling', 'cli-package.mjs'), built]);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: built });
    const [{ filename } = { filename: '' }] = JSON.parse(stdout) as { filename: string }[];
    const project = join(folder, 'project');
    mkdirSync(project);
    const offline = ['install', '--offline', '--no-audit', '--no-fund', '--no-save', join(folder, filename)];
    await run('npm', offline, { cwd: project });
  }, 120_000);

  it('brings nothing with it, and stays small', () => {
    expect(readdirSync(join(folder, 'project', 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'signpost',
    ]);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ name: 'signpost', bin: { signpost: 'dist/signpost.js' } });
    expect(manifest).not.toHaveProperty('private');
    expect(manifest).not.toHaveProperty('dependencies');
    const files = readdirSync(join(installed, 'dist'));
    expect(files.every((name) => name.endsWith('.js'))).toBe(true);
    const bytes = files.reduce((sum, name) => sum + statSync(join(installed, 'dist', name)).size, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(readFileSync(join(installed, 'THIRD-PARTY.txt'), 'utf8')).toContain('commander');
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
  });

  it('runs by its name', async () => {
    const { code, stdout } = await ended(join(folder, 'project', 'node_modules', '.bin', 'signpost'), ['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0.1.0\n' });
  });

  it('runs on Node 20 and on this one: every command says what it does', async () => {
    const found = await nodes();
    if (!found.has(20)) process.stderr.write('skipped: no Node 20 is on the PATH\n');
    for (const [major, node] of found) {
      if (major < 20) continue;
      expect({ major, ...(await ended(node, [program, '--help'])) }).toMatchObject({ major, code: 0, stderr: '' });
      const closed = `http://127.0.0.1:${String(await findFreePort())}`;
      const env = { SIGNPOST_URL: closed, SIGNPOST_API_KEY: 'sk_x', XDG_CONFIG_HOME: folder };
      const away = await ended(node, [program, 'applications', 'list', '--json'], env);
      expect({ major, code: away.code }).toEqual({ major, code: 6 });
      expect(JSON.parse(away.stderr)).toMatchObject({ error: { code: 'unreachable' } });
      expect(await ended(node, [program, 'nonsense'], env)).toMatchObject({ code: 2, stdout: '' });
      const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
      const headers = [
        'webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp: 1614265330',
        'webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      ];
      const file = join(folder, `body-${String(major)}.json`);
      const { writeFileSync } = await import('node:fs');
      writeFileSync(file, '{"test": 2432232314}');
      const verified = [
        program,
        'verify',
        '--secret',
        secret,
        '--body',
        file,
        '--at',
        '2021-02-25T15:02:10Z',
        ...headers.flatMap((each) => ['--header', each]),
      ];
      expect({ major, ...(await ended(node, verified, env)) }).toMatchObject({
        major,
        code: 0,
        stdout: expect.stringContaining('valid'),
      });
    }
  });

  it('is there inside the repository as well, from its sources', async () => {
    const launcher = join(root, 'apps', 'cli', 'bin', 'signpost.mjs');
    for (const [major, node] of await nodes()) {
      if (major < 20) continue;
      expect({ major, ...(await ended(node, [launcher, '--version'])) }).toMatchObject({
        major,
        code: 0,
        stdout: '0.1.0\n',
      });
    }
    expect(existsSync(join(root, 'node_modules', '.bin', 'signpost'))).toBe(true);
  });
});
