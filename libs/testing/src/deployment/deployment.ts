import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../embedded/repository.js';
import { RoleProcess } from './role-process.js';

const run = promisify(execFile);

export const ALL_ROLES = [
  'api',
  'recorder',
  'retry-scheduler',
  'dispatcher',
  'subscription-matcher',
  'ingest',
] as const;
export type DeployedRole = (typeof ALL_ROLES)[number];

export interface DeploymentOptions {
  readonly kafkaBrokers: readonly string[];
  readonly databaseUrl: string;
  /** Takes logs and pid files. */
  readonly folder: string;
  readonly topicPrefix: string;
  readonly roles?: readonly DeployedRole[];
  /** Settings for every role, over the ones that a test wants: few partitions, receivers on loopback. */
  readonly env?: Readonly<Record<string, string>>;
  /** For Node itself, by role. */
  readonly nodeArguments?: (role: DeployedRole) => readonly string[];
}

/** Signpost as it runs in production: each role a process of its own, on a real broker and a real database. */
export class Deployment {
  private readonly processes = new Map<DeployedRole, RoleProcess>();

  private constructor(
    private readonly env: Readonly<Record<string, string>>,
    readonly apiKey: string,
  ) {}

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const env = {
      KAFKA_BROKERS: options.kafkaBrokers.join(','),
      KAFKA_TOPIC_PREFIX: options.topicPrefix,
      KAFKA_PARTITIONS: '4',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      DATABASE_URL: options.databaseUrl,
      SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      LOG_LEVEL: 'warn',
      ...options.env,
    };
    const deployment = new Deployment(env, await createApiKey(env, 'tests'));
    try {
      // The api migrates and makes the topics; the rest may then start side by side.
      for (const role of options.roles ?? ALL_ROLES) {
        const started = await RoleProcess.start({
          role,
          env,
          folder: options.folder,
          nodeArguments: options.nodeArguments?.(role) ?? [],
        });
        deployment.processes.set(role, started);
      }
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  process(role: DeployedRole): RoleProcess {
    const found = this.processes.get(role);
    if (found === undefined) throw new Error(`this deployment runs no ${role}`);
    return found;
  }

  get all(): readonly RoleProcess[] {
    return [...this.processes.values()];
  }

  /** A key of another organisation, or one more of the same. The processes know it a moment later. */
  createKey(organisation: string): Promise<string> {
    return createApiKey(this.env, organisation);
  }

  /** Calls the control plane with the deployment's own key; throws what it answered unless that is a success. */
  call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.request<T>(this.process('api').url, method, path, body);
  }

  /** Publishes one message by HTTP; resolves with its id once it is acknowledged. */
  async publish(application: string, message: PublishedMessage): Promise<string> {
    const path = `/api/v1/app/${application}/msg`;
    return (await this.request<{ id: string }>(this.process('ingest').url, 'POST', path, message)).id;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((process) => process.stop()));
  }

  private async request<T>(origin: string, method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${String(response.status)}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

export interface PublishedMessage {
  readonly eventType: string;
  readonly payload: unknown;
  readonly eventId?: string;
  readonly channels?: readonly string[];
  readonly conversationId?: string;
}

/** As an operator makes the first key: by the api's own command. */
async function createApiKey(env: Readonly<Record<string, string>>, organisation: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [
      '--import',
      join(repositoryRoot, 'tooling', 'typescript.mjs'),
      join(repositoryRoot, 'apps', 'api', 'src', 'create-key.ts'),
      '--organisation',
      organisation,
      '--name',
      'deployment',
    ],
    { env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  const key = stdout.trim().split('\n').at(-1) ?? '';
  if (key === '') throw new Error('create-key printed no key');
  return key;
}
