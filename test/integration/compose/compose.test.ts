import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findFreePort,
  freshDatabase,
  freshFolder,
  freshTopicPrefix,
  ServiceProcess,
  testKafkaBrokers,
  until,
} from '@signpost/testing';
import { parse } from 'yaml';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');

interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
}

const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const roles = Object.entries(services).filter(([, service]) => service.build !== undefined);
const ROLE_NAMES = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'];

describe('docker-compose.yml', () => {
  it('runs each role once, beside Kafka, PostgreSQL and the proxy', () => {
    expect(roles.map(([name]) => name).sort()).toEqual([...ROLE_NAMES].sort());
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['kafka', 'postgres', 'proxy']));
  });

  it('waits for what it names, and everything has a health check', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service.healthcheck.test.length > 1]).toEqual([name, true]);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect([name, Object.keys(services)]).toEqual([name, expect.arrayContaining([other])]);
        expect([name, condition]).toEqual([name, 'service_healthy']);
      }
    }
  });

  it('has no secret in it', () => {
    for (const [name, { environment = {} }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        const secret = /PASSWORD|MASTER_KEY|SECRET|TOKEN/.test(variable) || value.includes('PASSWORD');
        if (secret)
          expect([name, variable, value]).toEqual([name, variable, expect.stringMatching(/\$\{\w+:\?[^}]+\}/)]);
      }
    }
  });
});

describe('each role of docker-compose.yml', () => {
  const topicPrefix = freshTopicPrefix();
  let database: string;
  let folder: string;

  beforeAll(async () => {
    database = await freshDatabase();
    folder = freshFolder();
  });

  const running: ServiceProcess[] = [];
  afterAll(async () => {
    await Promise.all(running.map((process) => process.stop(20_000)));
  });

  // The api first: it migrates, as depends_on has it.
  const inOrder = [...roles].sort(([a], [b]) => Number(b === 'api') - Number(a === 'api'));
  it.each(inOrder)(
    '%s starts by its command and environment and passes its health check',
    async (name, service) => {
      const port = await findFreePort();
      const [command = '', ...args] = service.command ?? [];
      expect(command).toBe('node');
      const process_ = await ServiceProcess.start({
        command: process.execPath,
        args,
        env: { PATH: process.env['PATH'], ...here(service.environment ?? {}, port) },
        outputFile: join(folder, `${name}.log`),
        pidFile: join(folder, `${name}.pid`),
        stopSignal: 'SIGTERM',
      });
      running.push(process_);
      const [kind = '', checker = '', ...checkArgs] = service.healthcheck.test;
      expect([kind, checker]).toEqual(['CMD', 'node']);
      await until(
        async () => {
          const there = checkArgs.map((argument) => argument.replace(':8080/', `:${String(port)}/`));
          await run(process.execPath, there, { timeout: 10_000 });
          return true;
        },
        { timeoutMs: 45_000, what: `${name} to be healthy`, everyMs: 250 },
      );
      expect(process_.alive).toBe(true);
    },
    60_000,
  );

  /** The same variables, with the hosts of this test in place of the file's. */
  function here(environment: Readonly<Record<string, string>>, port: number): Record<string, string> {
    const values: Record<string, string> = {};
    for (const [variable, value] of Object.entries(environment)) values[variable] = value;
    values['SIGNPOST_MASTER_KEY'] = 'a key for tests and nothing else';
    expect(values['KAFKA_BROKERS']).toBe('kafka:9092');
    values['KAFKA_BROKERS'] = testKafkaBrokers().join(',');
    if (values['DATABASE_URL'] !== undefined) {
      expect(values['DATABASE_URL']).toContain('@postgres:5432/signpost');
      values['DATABASE_URL'] = database;
    }
    return { ...values, KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_PARTITIONS: '2', HOST: '127.0.0.1', PORT: String(port) };
  }
});
