import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
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
  readonly profiles?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const { services, volumes } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const roles = Object.entries(services).filter(([, service]) => service.build !== undefined);
const ROLE_NAMES = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'];

describe('docker-compose.yml', () => {
  it('runs each role once, beside Kafka, PostgreSQL and the proxy', () => {
    expect(roles.map(([name]) => name).sort()).toEqual([...ROLE_NAMES].sort());
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['kafka', 'postgres', 'proxy']));
  });

  it('waits for what it names, and everything that stays has a health check', () => {
    for (const [name, service] of Object.entries(services)) {
      const stays = service.restart !== 'no';
      expect([name, (service.healthcheck?.test.length ?? 0) > 1]).toEqual([name, stays]);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect([name, Object.keys(services)]).toEqual([name, expect.arrayContaining([other])]);
        const ended = services[other]?.restart === 'no';
        expect([name, condition]).toEqual([name, ended ? 'service_completed_successfully' : 'service_healthy']);
      }
    }
  });

  it('mounts what there is, and keeps data in volumes that it names', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const mount of service.volumes ?? []) {
        const [source = '', target = '', mode] = mount.split(':');
        expect([name, target.startsWith('/')]).toEqual([name, true]);
        if (source.startsWith('./')) expect([mount, mode, existsSync(join(root, source))]).toEqual([mount, 'ro', true]);
        else expect([mount, Object.keys(volumes)]).toEqual([mount, expect.arrayContaining([source])]);
      }
    }
  });

  it('has no secret in it', () => {
    for (const [name, { environment = {}, profiles }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        const secret = /PASSWORD|MASTER_KEY|SECRET|TOKEN/.test(variable) || value.includes('PASSWORD');
        // Compose asks for every variable of the file, also those of a profile that nobody chose: its containers refuse.
        const given = profiles === undefined ? /\$\{\w+:\?[^}]+\}/ : /^\$\{\w+:(\?[^}]+|-)\}$/;
        if (secret) expect([name, variable, value]).toEqual([name, variable, expect.stringMatching(given)]);
      }
    }
  });
});

describe('the profile monitoring of docker-compose.yml', () => {
  const of = (name: string): ComposeService => {
    const service = services[name];
    if (service === undefined) throw new Error(`there is no service ${name}`);
    return service;
  };

  it('is chosen by whoever wants it, with versions that stay, and ports for this machine alone', () => {
    for (const name of ['prometheus', 'alertmanager', 'grafana', 'database-reader']) {
      const { profiles, image, ports = [] } = of(name);
      expect([name, profiles, image]).toEqual([name, ['monitoring'], expect.stringMatching(/:v?\d+[\d.]*$/)]);
      for (const port of ports) expect([name, port]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:/)]);
    }
    for (const [name, { profiles }] of roles) expect([name, profiles]).toEqual([name, undefined]);
  });

  it('starts neither Grafana nor its reader without a password', async () => {
    const refuses = async (command: string, args: readonly string[], variable: string): Promise<void> => {
      const env = { PATH: process.env['PATH'], [variable]: '' };
      await expect(run(command, [...args], { env })).rejects.toThrow(/_PASSWORD to a random text/);
    };
    const [shell = '', ...args] = (of('grafana').entrypoint ?? []).map((each) => each.replaceAll('$$', '$'));
    await refuses(shell, args, 'GF_SECURITY_ADMIN_PASSWORD');
    await refuses('bash', [join(root, 'deploy', 'grafana', 'reader.sh')], 'READER_PASSWORD');
  });

  it('scrapes every role, and tells the Alertmanager that runs', () => {
    const config = parse(readFileSync(join(root, 'deploy', 'prometheus', 'prometheus.yml'), 'utf8')) as {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: string[]; port: number }[];
      }[];
      readonly alerting: {
        readonly alertmanagers: readonly { readonly static_configs: readonly { targets: string[] }[] }[];
      };
    };
    const scraped = config.scrape_configs.flatMap((each) => each.dns_sd_configs);
    expect(scraped.flatMap(({ names }) => names).sort()).toEqual([...ROLE_NAMES].sort());
    for (const { port } of scraped)
      for (const [, { environment }] of roles) expect(environment?.['PORT']).toBe(String(port));
    const told = config.alerting.alertmanagers.flatMap((each) => each.static_configs).flatMap(({ targets }) => targets);
    for (const target of told) expect(Object.keys(services)).toContain(target.split(':')[0]);
  });

  it('gives Grafana every variable that its provisioning asks for, and the folder that it names', () => {
    const { environment = {}, volumes: mounts = [] } = of('grafana');
    for (const file of globSync('deploy/grafana/provisioning/**/*.yaml', { cwd: root })) {
      const text = readFileSync(join(root, file), 'utf8');
      expect(parse(text)).toMatchObject({ apiVersion: 1 });
      for (const [, variable = ''] of text.matchAll(/\$(\w+)/g))
        expect([file, environment]).toEqual([file, expect.objectContaining({ [variable]: expect.any(String) })]);
      for (const [, folder = ''] of text.matchAll(/path: (\S+)/g))
        expect(mounts.join()).toContain(`deploy/grafana/dashboards:${folder}:ro`);
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
      const [kind = '', checker = '', ...checkArgs] = service.healthcheck?.test ?? [];
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
