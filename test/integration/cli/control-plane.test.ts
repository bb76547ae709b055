import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort } from '@signpost/testing';
import { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { CliScene } from './support.js';

describe('signpost and the control plane', () => {
  let scene: CliScene;
  let cli: CliHome;
  beforeAll(async () => {
    scene = await CliScene.open(['ingest', 'recorder', 'api']);
    cli = scene.cli;
    await cli.json(['applications', 'create', 'Acme', '--uid', 'acme', '--metadata', 'tier=gold']);
  }, 120_000);
  afterAll(() => scene.close());

  it('logs in, keeps the key for its owner alone, and never shows it', async () => {
    const home = new CliHome();
    try {
      const { origin, key } = scene.api;
      const piped = await home.run(['login', '--server', origin, '--key-stdin', '--app', 'acme'], {
        stdin: `${key}\n`,
      });
      expect(piped).toMatchObject({ code: 0, out: expect.stringContaining(origin) });
      expect(statSync(home.file).mode & 0o777).toBe(0o600);
      const list = await home.run(['applications', 'list', '--json']);
      expect(JSON.parse(list.out)).toMatchObject({ data: [{ uid: 'acme' }] });
      expect((await home.run(['endpoints', 'list'])).code).toBe(0);
      const typed = await home.run(['login', '--profile', 'second', '--server', origin], { tty: 80, answers: [key] });
      expect(typed.code).toBe(0);
      expect(home.asked).toEqual(['API key: ']);
      for (const { out, err } of [piped, list, typed, await home.run(['config', 'list'])])
        expect(out + err).not.toContain(key);
      expect((await home.run(['logout', '--profile', 'second'])).code).toBe(0);
    } finally {
      home.remove();
    }
  });

  it('refuses to log in with a wrong key, or where nothing answers', async () => {
    const home = new CliHome();
    try {
      const wrong = await home.run(['login', '--server', scene.api.origin, '--key-stdin'], { stdin: 'sk_wrong' });
      expect(wrong.code).toBe(3);
      expect(wrong.err).toMatch(/unknown, revoked or expired/);
      const nobody = `http://127.0.0.1:${String(await findFreePort())}`;
      const away = await home.run(['login', '--server', nobody, '--key-stdin', '--timeout', '1s'], { stdin: 'sk_x' });
      expect(away.code).toBe(6);
      expect(away.err).toContain('ECONNREFUSED');
      expect(await home.json(['config', 'list'])).toEqual({ data: [], done: true });
      expect((await home.run(['login', '--server', scene.api.origin])).code).toBe(2);
    } finally {
      home.remove();
    }
  });

  it('makes, shows, changes and deletes applications', async () => {
    const made = await cli.json(['applications', 'create', 'Beta', '--uid', 'beta', '--rate', '50']);
    expect(made).toMatchObject({ name: 'Beta', uid: 'beta', throttleRate: 50 });
    expect((await cli.run(['apps', 'ls'], { tty: 100, env: { NO_COLOR: '1' } })).out).toMatch(/ID +UID +NAME/);
    expect(await cli.json(['applications', 'update', 'beta', '--name', 'Gamma'])).toMatchObject({
      name: 'Gamma',
      throttleRate: 50,
    });
    const changes = ['--quota', '500', '--validation', 'lead.captured=enforce', '--validation', '*=warn'];
    expect(await cli.json(['applications', 'update', 'beta', ...changes])).toMatchObject({
      intakeQuota: 500,
      validation: { 'lead.captured': 'enforce', '*': 'warn' },
    });
    const shown = (await cli.run(['applications', 'get', 'beta'])).out;
    expect(shown).toContain('Gamma');
    expect(shown).toMatch(/quota +500\/s/);
    expect(shown).toMatch(/validation lead\.captured +enforce/);
    expect((await cli.run(['applications', 'create', 'Again', '--uid', 'beta'])).code).toBe(5);
    expect((await cli.run(['applications', 'delete', 'beta'])).code).toBe(2);
    const refused = await cli.run(['applications', 'delete', 'beta'], { tty: 80, answers: ['n'] });
    expect(refused.code).toBe(2);
    expect((await cli.run(['applications', 'delete', 'beta'], { tty: 80, answers: ['y'] })).code).toBe(0);
    const gone = await cli.run(['applications', 'get', 'beta']);
    expect(gone).toMatchObject({ code: 4, out: '' });
    expect(gone.err).toContain('beta');
    const inJson = await cli.run(['applications', 'get', 'beta', '--json']);
    expect(JSON.parse(inJson.err)).toMatchObject({ error: { code: 'not_found', exitCode: 4 } });
  });

  it('makes, shows, changes and deletes endpoints', async () => {
    const types = ['--event-types', 'lead.captured,rating.submitted'];
    const fields = ['--app', 'acme', ...types, '--description', 'CRM', '--retries', '5s,1m'];
    const { id } = await cli.json<{ id: string }>(['endpoints', 'create', 'http://127.0.0.1:9999/hooks', ...fields]);
    const of = ['--app', 'acme'];
    expect(await cli.json(['endpoints', 'get', id, ...of])).toMatchObject({
      description: 'CRM',
      retrySchedule: [5, 60],
      health: { state: 'healthy' },
    });
    expect((await cli.run(['endpoints', 'get', id, ...of])).out).toMatch(/retries +5s, 1m\n/);
    expect(await cli.json(['endpoints', 'update', id, ...of, '--retries', 'none'])).toMatchObject({
      retrySchedule: [],
    });
    const secret = (await cli.run(['endpoints', 'secret', id, ...of])).out.trim();
    expect(secret).toMatch(/^whsec_/);
    const rotated = (await cli.run(['endpoints', 'rotate', id, ...of, '--grace', '1h', '--yes'])).out.trim();
    expect(rotated).toMatch(/^whsec_/);
    expect(rotated).not.toBe(secret);
    expect(await cli.json(['endpoints', 'pause', id, ...of])).toMatchObject({ health: { state: 'paused' } });
    expect(await cli.json(['endpoints', 'resume', id, ...of])).toMatchObject({ paused: false });
    expect(await cli.json(['endpoints', 'update', id, ...of, '--disable'])).toMatchObject({ disabled: true });
    expect(await cli.json(['endpoints', 'update', id, ...of, '--enable', '--rate', '9'])).toMatchObject({
      disabled: false,
      throttleRate: 9,
    });
    expect((await cli.run(['endpoints', 'update', id, ...of, '--enable', '--disable'])).code).toBe(2);
    const filter = ['--filter', '{"data":{"score":{"$gte":4}}}', '--filter', 'data.plan == "pro"'];
    expect(await cli.json(['endpoints', 'update', id, ...of, '--event-types', 'rating.*', ...filter])).toMatchObject({
      eventTypes: ['rating.*'],
      filters: [{ json: { data: { score: { $gte: 4 } } } }, { cel: 'data.plan == "pro"' }],
    });
    expect((await cli.run(['endpoints', 'get', id, ...of])).out).toContain('data.plan == "pro"');
    expect((await cli.run(['endpoints', 'try-filter', id, ...of])).out).toContain('no messages');
    expect(await cli.json(['endpoints', 'try-filter', id, ...of, '--filter', 'true'])).toMatchObject({ tried: 0 });
    expect((await cli.run(['endpoints', 'update', id, ...of, '--filter', '{"data"'])).code).toBe(2);
    expect((await cli.run(['endpoints', 'update', id, ...of, '--filter', 'score > 1'])).code).toBe(5);
    expect(await cli.json(['endpoints', 'update', id, ...of, '--filter', ''])).not.toHaveProperty('filters');
    const listed = await cli.run(['endpoints', 'list', ...of], { tty: 200 });
    expect(listed.out).toContain(id);
    expect(listed.out).toContain('\x1b[32mhealthy');
    expect((await cli.run(['endpoints', 'list', ...of], { tty: 200, env: { NO_COLOR: '1' } })).out).not.toContain(
      '\x1b',
    );
    expect((await cli.run(['endpoints', 'stats', id, ...of])).out).toContain('delivered');
    expect((await cli.run(['endpoints', 'create', 'no URL', ...of])).code).toBe(5);
    expect((await cli.run(['endpoints', 'get', 'ep_none', ...of])).code).toBe(4);
    expect((await cli.run(['endpoints', 'list', '--app', 'nobody'])).code).toBe(4);
    expect(await cli.json(['endpoints', 'delete', id, ...of, '--yes'])).toEqual({ deleted: [id] });
  });

  it('makes, shows, changes and archives event types', async () => {
    const schema = {
      type: 'object',
      properties: { type: { const: 'custom.made' }, data: { type: 'object', properties: { n: { type: 'integer' } } } },
    };
    const file = join(cli.folder, 'schema.json');
    writeFileSync(file, JSON.stringify(schema));
    await cli.json(['event-types', 'create', 'custom.made', '--description', 'Made here.', '--schema', file]);
    expect(await cli.json(['event-types', 'get', 'custom.made'])).toMatchObject({ schemas: { 1: schema } });
    expect(JSON.parse((await cli.run(['event-types', 'get', 'custom.made', '--example'])).out)).toEqual({
      type: 'custom.made',
      data: { n: 1 },
    });
    const piped = ['event-types', 'update', 'custom.made', '--schema', '-', '--schema-version', '2'];
    expect(await cli.json(piped, { stdin: '{"type":"object"}' })).toMatchObject({ schemas: { 2: { type: 'object' } } });
    expect((await cli.run(['event-types', 'create', 'custom.broken', '--schema', '-'], { stdin: '{' })).code).toBe(2);
    expect((await cli.run(['event-types', 'create', 'custom.broken', '--schema', '/nowhere'])).code).toBe(2);
    expect((await cli.run(['event-types', 'list'])).out).toContain('custom.made');
    expect((await cli.run(['event-types', 'delete', 'custom.made', '--yes'])).out).toContain('Archived');
    expect((await cli.run(['event-types', 'list', '--archived'])).out).toContain('archived');
  });

  it('goes through the pages of a list, as far as it is asked to', async () => {
    for (let number = 0; number < 5; number += 1) await cli.json(['applications', 'create', `Page ${String(number)}`]);
    const { data } = await cli.json<{ data: readonly unknown[] }>(['applications', 'list', '--limit', '3']);
    expect(data).toHaveLength(3);
  });

  it('says which scope a key lacks', async () => {
    const key = await scene.api.keyOf('readers', ['read']);
    const { code, err } = await cli.run(['applications', 'create', 'No'], { env: { SIGNPOST_API_KEY: key } });
    expect(code).toBe(3);
    expect(err).toContain('"write"');
    expect(err).not.toContain(key);
  });

  it('doctor finds the server, the key with its scopes, the clock and the version, and the services', async () => {
    const env = { KAFKA_BROKERS: scene.api.env['KAFKA_BROKERS'] ?? '', DATABASE_URL: scene.api.databaseUrl };
    const { healthy, findings } = await cli.json<{
      healthy: boolean;
      findings: readonly { what: string; state: string; text: string }[];
    }>(['doctor'], { env });
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(healthy).toBe(true);
    expect(findings.map(({ what }) => what.split(' ')[0])).toEqual([
      'configuration',
      'server',
      'clock',
      'version',
      'key',
      'kafka',
      'postgresql',
    ]);
    expect(findings.find(({ what }) => what === 'key')?.text).toContain('read, write, publish, ops');
    expect(JSON.stringify(findings)).not.toContain(scene.api.key);
    const reader = await scene.api.keyOf('doctors', ['read']);
    const limited = await cli.run(['doctor'], { env: { SIGNPOST_API_KEY: reader } });
    expect(limited).toMatchObject({ code: 0, out: expect.stringMatching(/its scopes: read\n/) });
  });

  it('doctor says what is wrong, and ends with 7', async () => {
    const port = String(await findFreePort());
    const wrongKey = await cli.run(['doctor'], { env: { SIGNPOST_API_KEY: 'sk_wrong' } });
    expect(wrongKey).toMatchObject({ code: 7, out: expect.stringMatching(/fault +key: .*unknown/) });
    const away = await cli.run(['doctor', '--timeout', '1s'], { env: { SIGNPOST_URL: `http://127.0.0.1:${port}` } });
    expect(away).toMatchObject({ code: 7, out: expect.stringMatching(/fault +server: .*ECONNREFUSED/) });
    const services = await cli.run(['doctor'], {
      env: { KAFKA_BROKERS: `127.0.0.1:${port}`, DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${port}/x` },
    });
    expect(services.code).toBe(7);
    expect(services.out).toMatch(/fault +kafka 127/);
    expect(services.out).toMatch(/fault +postgresql 127/);
    expect(services.out).not.toContain('hunter2');
    const other = await cli.run(['doctor'], { env: { KAFKA_BROKERS: new URL(scene.api.origin).host } });
    expect(other).toMatchObject({ code: 7, out: expect.stringMatching(/fault +kafka /) });
  });
});
