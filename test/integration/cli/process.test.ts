import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { Background } from './support.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const ARGUMENTS = ['--import', join(root, 'tooling', 'typescript.mjs'), join(root, 'apps', 'cli', 'src', 'main.ts')];

describe('signpost as a process', () => {
  const home = new CliHome();
  const env = { ...process.env, NODE_OPTIONS: '', XDG_CONFIG_HOME: home.folder };
  afterAll(() => home.remove());

  it('ends a sink by Ctrl-C with its summary and 0', async () => {
    const child = spawn(process.execPath, [...ARGUMENTS, 'sink', '--port', '0'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    let isTold = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      // A second Ctrl-C would end it at once.
      if (out.includes('Ctrl-C ends it') && !isTold) isTold = child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(out).toMatch(/requests +0/);
  });

  it('sink: ends after so many, with a summary for people', async () => {
    const sink = new Background(home, ['sink', '--port', '0', '--count', '2', '--status', '201', '--latency', '1..5']);
    await sink.until('the sink to listen', () => sink.out.includes('Listening'));
    const where = /http:\S+\d/.exec(sink.out)?.[0] ?? '';
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await fetch(where, { method: 'POST', body: '{}', headers: { 'webhook-id': 'msg_1' } })).status).toBe(201);
    }
    const { code, out } = await sink.whenEnded;
    expect(code).toBe(0);
    expect(out).toMatch(/requests +2/);
    expect(out).toMatch(/repeats +1/);
  });

  it('does not mind a reader that has had enough', async () => {
    const line = `"${process.execPath}" ${ARGUMENTS.map((each) => `"${each}"`).join(' ')} help | head -n 1`;
    const { stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', line], { env });
    expect(stdout).toMatch(/^Usage: signpost/);
    expect(stderr).toBe('');
  });

  it.each(['bash', 'zsh', 'fish'])('completes in %s, where there is one', async (shell) => {
    const isThere = await run('sh', ['-c', `command -v ${shell}`]).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      process.stderr.write(`skipped: there is no ${shell}\n`);
      return;
    }
    const script = (await home.run(['completion', shell])).out;
    const check = spawn(shell, ['-n'], { stdio: ['pipe', 'ignore', 'pipe'] });
    check.stdin.end(script);
    const [code] = (await once(check, 'close')) as [number];
    expect(code).toBe(0);
  });

  it('completes in bash for real', async () => {
    const script = (await home.run(['completion', 'bash'])).out;
    const call = `signpost() { "${process.execPath}" ${ARGUMENTS.map((each) => `"${each}"`).join(' ')} "$@"; }
${script}
COMP_WORDS=(signpost dlq redrive --only); COMP_CWORD=3; _signpost; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', call], { env });
    expect(stdout).toBe('--only-while-healthy\n');
  });
});
