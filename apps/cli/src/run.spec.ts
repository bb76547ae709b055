import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CliHome } from './cli.fixture.js';
import { COMMANDS } from './commands/index.js';
import type { CommandSpecification } from './specification/command.js';
import { GLOBAL_OPTIONS } from './specification/global-options.js';
import { VERSION } from './version.js';

const home = new CliHome();
afterAll(() => home.remove());

/** Every command by its words. */
function paths(commands: readonly CommandSpecification[], before: readonly string[] = []): (readonly string[])[] {
  return commands.flatMap((one) => [[...before, one.name], ...paths(one.commands, [...before, one.name])]);
}

/** Words of an example, as a shell splits them. */
function wordsOf(example: string): readonly string[] {
  const [line = ''] = example.split(/ [<>]{1,2} /);
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

describe('signpost', () => {
  it('has the version of its package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(VERSION).toBe(version);
    expect(await home.run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each(paths(COMMANDS).map((path) => [path.join(' '), path] as const))('%s has help', async (_, path) => {
    const { code, out, err } = await home.run([...path, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`Usage: signpost ${path.map((word) => `${word}(\\|\\S+)?`).join(' ')}`));
  });

  it('prints help where a command of a group is missing, as a wrong use', async () => {
    for (const words of [[], ['endpoints'], ['dlq']]) {
      const { code, out, err } = await home.run(words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Commands:');
    }
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['endpoint', 'list'], /Did you mean endpoints\?/],
    [['send'], /missing required argument 'event-type'/],
    [['send', 'a.b', '--nonsense'], /unknown option '--nonsense'/],
    [['deliveries', 'list', '--limit', 'many'], /It must be a whole number from 1 to/],
    [['deliveries', 'list', '--since', 'yesterday'], /It must be a time such as/],
    [['deliveries', 'list', '--status', 'lost', '--endpoint', 'e'], /It must be one of delivered, pending/],
    [['sink', '--latency', '9..3'], /It must be milliseconds/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  ])('%j is a wrong use, and says why', async (words, why) => {
    const { code, out, err } = await home.run(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(why);
    expect(err).toMatch(/--help/);
  });

  it.each([
    ['audit', '--since', '1h', '--until', '2h'],
    ['deliveries', 'list', '--since', '2026-01-02', '--until', '2026-01-01'],
    ['dlq', 'ls', '--all', '--since', '2026-01-02', '--until', '2026-01-02'],
    ['dlq', 'histogram', '--all', '--since', '2026-01-02', '--until', '2026-01-01'],
    ['dlq', 'redrive', '--all', '--dry-run', '--accepted-since', '1h', '--accepted-until', '2h'],
    ['replay', '--all', '--dry-run', '--since', '1h', '--until', '2h'],
  ])('%s %s does not take a time that ends before it begins', async (...words) => {
    const { code, out, err } = await home.run(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/--(accepted-)?until .* does not lie after --(accepted-)?since/);
  });

  it('says its errors in JSON where that is asked for', async () => {
    const { code, out, err } = await home.run(['endpoints', 'list', '--nonsense', '--json']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(error['message']).toContain('--nonsense');
    expect(error['next']).toContain('--help');
  });

  it('needs a server and a key, and says how they are given', async () => {
    const noServer = await home.run(['applications', 'list']);
    expect(noServer.code).toBe(2);
    expect(noServer.err).toContain('signpost login');
    const noKey = await home.run(['applications', 'list'], { env: { SIGNPOST_URL: 'http://127.0.0.1:9' } });
    expect(noKey.code).toBe(3);
    expect(noKey.err).toContain('SIGNPOST_API_KEY');
    const noApp = await home.run(['endpoints', 'list'], {
      env: { SIGNPOST_URL: 'http://127.0.0.1:9', SIGNPOST_API_KEY: 'sk_x' },
    });
    expect(noApp.code).toBe(2);
    expect(noApp.err).toContain('--app');
  });

  it('colours errors for a person, and for nobody else', async () => {
    const words = ['applications', 'list'];
    expect((await home.run(words, { tty: 80 })).err).toContain('\x1b[31merror:');
    expect((await home.run(words)).err).not.toContain('\x1b');
    expect((await home.run(words, { tty: 80, env: { NO_COLOR: '1' } })).err).not.toContain('\x1b');
    expect((await home.run([...words, '--no-color'], { tty: 80 })).err).not.toContain('\x1b');
    expect((await home.run(words, { env: { FORCE_COLOR: '1' } })).err).toContain('\x1b[31merror:');
  });

  it('has examples that its own command line takes', async () => {
    const all = (commands: readonly CommandSpecification[]): readonly string[] =>
      commands.flatMap((one) => [...(one.examples ?? []), ...all(one.commands)]);
    for (const example of all(COMMANDS)) {
      // With --help after them the words are read, and nothing is done; what is wrong with an option is said first.
      const { code, err } = await home.run([...wordsOf(example), '--help']);
      expect({ example, code, err }).toEqual({ example, code: 0, err: '' });
    }
  });

  it('has no option that another one of the whole program would take', () => {
    const globals = [...Object.keys(GLOBAL_OPTIONS), 'version', 'help'];
    const all = (commands: readonly CommandSpecification[]): readonly string[] =>
      commands.flatMap((one) => [...Object.keys(one.options), ...all(one.commands)]);
    expect(all(COMMANDS).filter((key) => globals.includes(key))).toEqual([]);
  });

  it('takes options before and after the command', async () => {
    const env = { SIGNPOST_API_KEY: 'sk_x' };
    for (const words of [
      ['--server', 'http://127.0.0.1:9', '--timeout', '100ms', 'config', 'show', '--json'],
      ['config', 'show', '--json', '--server', 'http://127.0.0.1:9'],
    ]) {
      const { out } = await home.run(words, { env });
      expect(JSON.parse(out)).toMatchObject({ server: { value: 'http://127.0.0.1:9', from: 'option' } });
    }
  });
});
