import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freshDatabase, freshFolder, freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';
import { processesIn, StartRun } from './start-run.js';

const run = promisify(execFile);
const ROLES = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'];

const starts: StartRun[] = [];
const servers: Server[] = [];

function start(
  home: string,
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): StartRun {
  // Without the variables of the test run: the start boots its own services unless a test says otherwise.
  const fresh = new StartRun(home, flags, { PORT: '', KAFKA_BROKERS: '', DATABASE_URL: '', ...env });
  starts.push(fresh);
  return fresh;
}

/** The services of the test run instead of our own: quicker, and proof that the variables work. */
async function sharedServices(): Promise<Record<string, string>> {
  return {
    KAFKA_BROKERS: testKafkaBrokers().join(','),
    KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
    KAFKA_PARTITIONS: '2',
    DATABASE_URL: await freshDatabase(),
  };
}

/** A receiver whose answer a test chooses while it runs. */
async function receiver(): Promise<Hook> {
  const state = { url: '', answer: 503, ids: [] as string[] };
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      state.ids.push(String(request.headers['webhook-id']));
      response.writeHead(state.answer).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`;
  return state;
}

async function json<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${String(response.status)}: ${text}`);
  return JSON.parse(text) as T;
}

interface Hook {
  readonly url: string;
  answer: number;
  readonly ids: string[];
}

/**
 * An application with one endpoint that is retried every second; resolves with the id of a message that was
 * attempted. Several are published: an endpoint is owed what was accepted a while after it was made.
 */
async function firstAttempt(started: StartRun, hook: Hook): Promise<string> {
  const app = await json<{ id: string }>(await started.call('POST', '/api/v1/app', { name: 'test' }));
  const endpoint = { url: hook.url, retrySchedule: Array.from({ length: 50 }, () => 1) };
  await json(await started.call('POST', `/api/v1/app/${app.id}/endpoint`, endpoint));
  const body = { eventType: 'message.received', payload: { text: 'Hello!' } };
  return until(
    async () => {
      await json(await started.call('POST', `/api/v1/app/${app.id}/msg`, body));
      return hook.ids[0];
    },
    { timeoutMs: 60_000, what: 'a first attempt', everyMs: 500 },
  );
}

afterEach(async () => {
  // Ends what a failed test left: gracefully, since a killed start leaves its services behind.
  await Promise.all(starts.splice(0).map((each) => each.interrupt()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('npm start', () => {
  it('checks itself on nothing but an empty folder, twice, and leaves nothing running', async () => {
    const home = freshFolder();
    const first = start(home, ['--check']);
    expect([await first.exited, first.output]).toEqual([0, expect.stringContaining('check passed')]);
    expect(processesIn(home)).toEqual([]);
    const second = start(home, ['--check']);
    expect([await second.exited, second.output]).toEqual([0, expect.stringContaining('check passed')]);
    expect(processesIn(home)).toEqual([]);
    expect(existsSync(second.runningFile)).toBe(false);
  }, 180_000);

  it('tells scripts and people where everything is, stops on Ctrl-C, and goes on where it was', async () => {
    const home = freshFolder();
    const hook = await receiver();
    const first = start(home, ['--no-demo'], { INGEST_SOURCE_TOPICS: 'platform.events' });
    const facts = await first.ready();
    expect(first.output).toContain('made the source topics platform.events');
    expect(statSync(first.runningFile).mode & 0o777).toBe(0o600);
    expect(facts).toMatchObject({ pid: first.pid, processes: ROLES.map((role) => ({ role, pid: first.pid })) });
    expect(facts.databaseUrl).toMatch(/^postgresql:/);
    expect(facts.kafkaBrokers).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await (await fetch(facts.processes[0]?.metricsUrl ?? '')).text()).toContain('signpost_attempts_total');
    expect((await fetch(`${facts.apiUrl}/docs`)).status).toBe(200);

    const command = await until(() => /curl .*/.exec(first.output)?.[0], { timeoutMs: 5_000, what: 'the curl' });
    const answer = await run('bash', ['-c', command]);
    expect(answer.stdout).toMatch(/^HTTP\/1\.1 201/);

    const again = start(home, ['--no-demo']);
    expect(await again.exited).toBe(1);
    expect(again.output.trim()).toMatch(new RegExp(`already runs in .* as process ${String(first.pid)}`));
    expect(again.output.trim().split('\n')).toHaveLength(1);

    const message = await firstAttempt(first, hook);
    expect(await first.interrupt()).toBe(0);
    expect(existsSync(first.runningFile)).toBe(false);
    expect(processesIn(home)).toEqual([]);

    hook.answer = 200;
    const before = hook.ids.length;
    const next = start(home, ['--no-demo']);
    expect((await next.ready()).apiKey).toBe(facts.apiKey);
    await until(() => hook.ids.slice(before).includes(message), { timeoutMs: 20_000, what: 'what was undelivered' });
    expect(await next.interrupt()).toBe(0);
  }, 120_000);

  it('starts a role again that was killed, when each has its own process', async () => {
    const home = freshFolder();
    const hook = await receiver();
    hook.answer = 200;
    const started = start(home, ['--apart', '--no-demo'], await sharedServices());
    const facts = await started.ready();
    expect(facts.processes.map(({ role }) => role)).toEqual(ROLES);
    expect(new Set(facts.processes.map(({ pid }) => pid)).size).toBe(ROLES.length);
    for (const { metricsUrl } of facts.processes) expect((await fetch(metricsUrl)).status).toBe(200);

    const dispatcher = facts.processes.find(({ role }) => role === 'dispatcher')?.pid ?? 0;
    process.kill(dispatcher, 'SIGKILL');
    await firstAttempt(started, hook);
    expect(started.output).toContain(`dispatcher (process ${String(dispatcher)}) ended by itself`);
    const now = started.facts.processes.find(({ role }) => role === 'dispatcher')?.pid;
    expect(now).not.toBe(dispatcher);
    expect(await started.interrupt()).toBe(0);
    expect(processesIn(home)).toEqual([]);
  }, 120_000);

  it('runs a choice of roles on services that are there', async () => {
    const home = freshFolder();
    const services = await sharedServices();
    const started = start(home, ['--roles', 'dispatcher,ingest'], services);
    const facts = await started.ready();
    expect(facts.processes.map(({ role }) => role)).toEqual(['ingest', 'dispatcher']);
    expect(facts.kafkaBrokers).toBe(services['KAFKA_BROKERS']);
    expect((await started.call('GET', '/health/ready')).status).toBe(200);
    expect((await started.call('GET', '/api/v1/app')).status).toBe(404);
    expect(await started.interrupt()).toBe(0);
  }, 60_000);
});

describe('npm start says in one sentence what to do', () => {
  it.each([
    { what: 'an unknown flag', flags: ['--chek'], env: {}, says: 'there is no flag --chek; "npm start -- --help"' },
    { what: 'no Java', flags: [], env: { JAVA_HOME: '/nonexistent' }, says: 'install it' },
    {
      what: 'no Kafka at the address given',
      flags: [],
      env: { KAFKA_BROKERS: '127.0.0.1:1' },
      says: 'no Kafka answers at 127.0.0.1:1',
    },
    {
      what: 'no PostgreSQL at the address given',
      flags: [],
      env: { KAFKA_BROKERS: 'shared', DATABASE_URL: 'postgresql://a:secret@127.0.0.1:1/b' },
      says: 'no PostgreSQL answers at 127.0.0.1:1',
    },
  ])(
    '$what',
    async ({ flags, env, says }) => {
      const given = {
        ...env,
        ...(env.KAFKA_BROKERS === 'shared' ? { KAFKA_BROKERS: testKafkaBrokers().join(',') } : {}),
      };
      const home = freshFolder();
      const failed = start(home, flags, given);
      expect(await failed.exited).toBe(1);
      const last = failed.output.trim().split('\n').at(-1) ?? '';
      expect(last).toMatch(/^signpost: /);
      expect(last).toContain(says);
      expect(failed.output).not.toMatch(/^\s+at /m);
      expect(failed.output).not.toContain('secret');
      expect(processesIn(home)).toEqual([]);
    },
    60_000,
  );

  it('a port that is taken', async () => {
    const { url } = await receiver();
    const port = new URL(url).port;
    const failed = start(freshFolder(), [], { PORT: port });
    expect(await failed.exited).toBe(1);
    expect(failed.output.trim()).toMatch(
      new RegExp(`^signpost: port ${port}, wanted for the API, is already taken: [^\n]+$`),
    );
  });
});
