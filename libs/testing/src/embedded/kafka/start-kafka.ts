import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { until } from '../../until.js';
import { EmbeddedServiceError } from '../errors.js';
import { ensurePortFree, findFreePort } from '../free-port.js';
import { resolveKafka, type ResolveKafkaOptions } from './jars.js';
import { serverIdentity } from './keystore.js';
import { KafkaNode, randomKafkaId } from './node.js';
import type { ClusterPlan, KafkaUser, Listener, NodeRoles, SecureListener } from './properties.js';

export interface KafkaOptions extends ResolveKafkaOptions {
  /** Holds the log, the configuration and the ids; a later start with the same folder goes on with its data. */
  readonly dataFolder: string;
  /** One broker is its own controller; two or three get a controller beside them, so that any broker may die. Default 1. */
  readonly brokers?: 1 | 2 | 3;
  /** The plain listener's port of each broker. Default: free ones. */
  readonly ports?: readonly number[];
  /** Listeners beside the plain one. */
  readonly listeners?: readonly SecureListener[];
  /** Known to PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 alike. SCRAM users are written when the data folder is new. */
  readonly users?: readonly KafkaUser[];
  /** Default 256. */
  readonly heapMb?: number;
  /** The optimising compiler: slower to boot, faster for long; for benchmarks. */
  readonly serverCompiler?: boolean;
  /** Added to server.properties, or replacing what is there. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly startTimeoutMs?: number;
}

/** `node` is a broker's id, from 1; without it all are meant. */
export interface EmbeddedKafka {
  /** host:port of each broker's plain listener. */
  readonly brokers: readonly string[];
  /** Of every process that runs now. */
  readonly pids: readonly number[];
  /** host:port of each broker's listener of that kind; throws when it was not asked for. */
  addresses(listener: Listener): readonly string[];
  /** PEM for a client of SSL and SASL_SSL. */
  readonly certificateAuthority: string | undefined;
  stop(node?: number): Promise<void>;
  /** Returns once the processes have ended. Default SIGKILL. */
  kill(signal?: NodeJS.Signals, node?: number): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(node?: number): void;
  resume(node?: number): void;
  /** Stops what still runs and starts it on the same ports and data; returns once it answers. */
  restart(node?: number): Promise<void>;
}

const CONTROLLER_ID = 100;
const CONTROLLER_HEAP_MB = 128;

/** Apache Kafka in KRaft mode, answering when this returns. Throws an EmbeddedServiceError. */
export async function startKafka(options: KafkaOptions): Promise<EmbeddedKafka> {
  const installation = await resolveKafka(options);
  mkdirSync(options.dataFolder, { recursive: true });
  const secure = options.listeners ?? [];
  const identity = secure.some((name) => name !== 'SASL_PLAINTEXT')
    ? await serverIdentity(installation.java.keytool, options.dataFolder)
    : undefined;
  const count = options.brokers ?? 1;
  const plan: ClusterPlan = {
    brokers: count,
    controller: { id: count === 1 ? 1 : CONTROLLER_ID, port: await findFreePort() },
    users: options.users ?? [],
    ...(identity === undefined ? {} : { keystore: identity }),
    extra: options.properties ?? {},
  };
  const size = { heapMb: options.heapMb ?? 256, serverCompiler: options.serverCompiler ?? false };
  const roles = await planNodes(plan, secure, options.ports ?? []);
  const nodes = roles.map((role) => {
    const nodeSize = role.broker ? size : { heapMb: CONTROLLER_HEAP_MB, serverCompiler: false };
    return new KafkaNode(role, join(options.dataFolder, `node-${String(role.id)}`), plan, installation, nodeSize);
  });
  const cluster = new KafkaCluster(
    nodes,
    keptClusterId(options.dataFolder),
    identity?.certificateAuthority,
    options.startTimeoutMs ?? 60_000,
  );
  try {
    await cluster.restart();
  } catch (error) {
    await cluster.kill();
    throw error;
  }
  return cluster;
}

async function planNodes(
  plan: ClusterPlan,
  secure: readonly SecureListener[],
  wanted: readonly number[],
): Promise<readonly NodeRoles[]> {
  const alone = plan.brokers === 1;
  const roles: NodeRoles[] = alone ? [] : [{ id: CONTROLLER_ID, broker: false, controller: true, ports: new Map() }];
  for (let id = 1; id <= plan.brokers; id += 1) {
    const port = wanted[id - 1];
    if (port !== undefined)
      await ensurePortFree(port, 'the embedded Kafka', 'stop what listens there or choose another port');
    const ports = new Map<Listener, number>([['PLAINTEXT', port ?? (await findFreePort())]]);
    for (const listener of secure) ports.set(listener, await findFreePort());
    roles.push({ id, broker: true, controller: alone, ports });
  }
  return roles;
}

function keptClusterId(dataFolder: string): string {
  const file = join(dataFolder, 'cluster-id');
  if (!existsSync(file)) writeFileSync(file, randomKafkaId());
  return readFileSync(file, 'utf8');
}

class KafkaCluster implements EmbeddedKafka {
  readonly #nodes: readonly KafkaNode[];
  readonly #clusterId: string;
  readonly #startTimeoutMs: number;

  constructor(
    nodes: readonly KafkaNode[],
    clusterId: string,
    readonly certificateAuthority: string | undefined,
    startTimeoutMs: number,
  ) {
    this.#nodes = nodes;
    this.#clusterId = clusterId;
    this.#startTimeoutMs = startTimeoutMs;
  }

  get brokers(): readonly string[] {
    return this.addresses('PLAINTEXT');
  }

  get pids(): readonly number[] {
    return this.#nodes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  addresses(listener: Listener): readonly string[] {
    return this.#nodes
      .filter(({ roles }) => roles.broker)
      .map(({ roles }) => {
        const port = roles.ports.get(listener);
        if (port === undefined) throw new Error(`this Kafka was started without a ${listener} listener`);
        return `127.0.0.1:${String(port)}`;
      });
  }

  async stop(node?: number): Promise<void> {
    const chosen = this.#chosen(node);
    // Brokers hand over to the controller while they stop: it leaves last.
    await Promise.all(chosen.filter(({ roles }) => roles.broker).map((each) => each.stop()));
    await Promise.all(chosen.map((each) => each.stop()));
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL', node?: number): Promise<void> {
    await Promise.all(this.#chosen(node).map((each) => each.kill(signal)));
  }

  pause(node?: number): void {
    for (const each of this.#chosen(node)) each.signal('SIGSTOP');
  }

  resume(node?: number): void {
    for (const each of this.#chosen(node)) each.signal('SIGCONT');
  }

  async restart(node?: number): Promise<void> {
    const chosen = this.#chosen(node);
    await this.stop(node);
    await Promise.all(chosen.map((each) => each.start(this.#clusterId)));
    await this.#answers(chosen);
  }

  #chosen(node: number | undefined): readonly KafkaNode[] {
    if (node === undefined) return this.#nodes;
    const found = this.#nodes.filter(({ roles }) => roles.id === node);
    if (found.length === 0) throw new Error(`this Kafka has no node ${String(node)}`);
    return found;
  }

  /** Ready means: each broker that was started appears in the metadata that the brokers give out. */
  async #answers(started: readonly KafkaNode[]): Promise<void> {
    const expected = started.filter(({ roles }) => roles.broker).map(({ roles }) => roles.id);
    await until(
      async () => {
        for (const node of started) node.ensureAlive();
        const known = await this.#knownBrokers();
        return expected.every((id) => known.includes(id));
      },
      {
        timeoutMs: this.#startTimeoutMs,
        what: 'the embedded Kafka to answer',
        giveUpOn: (error) => error instanceof EmbeddedServiceError,
      },
    );
  }

  async #knownBrokers(): Promise<readonly number[]> {
    const client = new Kafka({
      clientId: 'signpost-readiness',
      brokers: [...this.brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      retry: { retries: 0 },
    });
    const admin = client.admin();
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      return brokers.map(({ nodeId }) => nodeId);
    } finally {
      await admin.disconnect();
    }
  }
}
