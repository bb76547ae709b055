import {
  Kafka,
  logLevel,
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type KafkaConfig as ClientConfig,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { TopicName } from '@signpost/contracts';
import type { KafkaConfig, SaslLogin } from '../config.js';
import { ensureTopics } from '../topics/ensure-topics.js';
import { clientLog, type KafkaLogListener } from './client-log.js';
import { ConnectionClosedError } from './errors.js';
import { Cluster } from '../wire/cluster.js';
import type { Address } from '../wire/open-connection.js';
import { metadata } from '../wire/requests/metadata.js';
import './request-queue.js';
import { socketFactory } from './sockets.js';
import { tlsOptions } from './tls.js';

const CONNECT_MS = 3_000;
const KAFKA_PORT = 9_092;
const WARN_EVERY_MS = 5_000;
/** Rebalances are learnt by heartbeats, and so is the generation to commit in: neither should wait for long. */
const HEARTBEAT_MS = 250;
/** How often the client looks whether a heartbeat is due: the first after a join tells the generation to commit in. */
const LOOK_MS = 50;
/** About three seconds: a consumer whose coordinator moved finds the new one only by starting anew. */
const PATIENT: RetryOptions = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/** The one place that makes Kafka clients: their addresses, TLS, login and log. */
export class KafkaConnection {
  /** What is produced and fetched goes over connections of its own. */
  readonly cluster: Cluster;
  /** PEM of what this process shows to the brokers; undefined: nothing. */
  readonly certificate: string | undefined;
  private readonly base: ClientConfig;
  private logListener: KafkaLogListener = () => undefined;
  private readonly warnedAt = new Map<string, number>();
  private sharedAdmin: Promise<Admin> | undefined;
  private closed = false;

  constructor(readonly config: KafkaConfig) {
    const tls = config.tls === undefined ? undefined : tlsOptions(config.tls);
    this.certificate = typeof tls?.cert === 'string' ? tls.cert : undefined;
    this.cluster = new Cluster(config.brokers.map(addressOf), {
      clientId: config.clientId,
      tls,
      sasl: config.sasl,
      connectTimeoutMs: CONNECT_MS,
      requestTimeoutMs: config.requestTimeoutMs,
    });
    this.base = {
      clientId: config.clientId,
      brokers: [...config.brokers],
      connectionTimeout: CONNECT_MS,
      requestTimeout: config.requestTimeoutMs,
      enforceRequestTimeout: true,
      socketFactory: socketFactory(),
      logLevel: logLevel.WARN,
      logCreator: clientLog((entry) => {
        this.logListener(entry);
      }),
      ...(tls === undefined ? {} : { ssl: tls }),
      ...(config.sasl === undefined ? {} : { sasl: saslOptions(config.sasl) }),
    };
  }

  /** Sends the client's own words somewhere; until then they go nowhere. */
  logTo(listener: KafkaLogListener): void {
    this.logListener = listener;
  }

  /** What our own part of the client has to say, and repairs by itself: one message a while, however often it happens. */
  warn(message: string, error: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    const now = performance.now();
    if (now - (this.warnedAt.get(message) ?? -Infinity) < WARN_EVERY_MS) return;
    this.warnedAt.set(message, now);
    this.logListener({ level: 'warn', message, fields: { ...fields, error: String(error) } });
  }

  /** The name that Kafka knows a topic or a consumer group by. */
  physical(name: string): string {
    return this.config.topicPrefix + name;
  }

  /** The name without the prefix; a topic of the platform's own keeps its full name. */
  logical(physicalName: string): TopicName | (string & {}) {
    const { topicPrefix } = this.config;
    return physicalName.startsWith(topicPrefix) ? physicalName.slice(topicPrefix.length) : physicalName;
  }

  /**
   * Creates what is missing of Signpost's topics. Safe to repeat, and when several processes do it at once.
   * @throws TopicLayoutError when a topic that is there has another number of partitions
   */
  async ensureTopics(): Promise<void> {
    await ensureTopics(await this.admin(), this.config, (name) => this.physical(name));
  }

  /** Of these full topic names, the ones that Kafka does not have. */
  async missingTopics(names: readonly string[]): Promise<readonly string[]> {
    const present = new Set(await (await this.admin()).listTopics());
    return names.filter((name) => !present.has(name));
  }

  /** Resolves when a broker answers a request within the time given in milliseconds; rejects with the reason otherwise. */
  async probe(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no Kafka broker of ${this.config.brokers.join(',')} answers within ${String(withinMs)} ms`));
      }, withinMs);
    });
    const asked = this.cluster.any((broker) => metadata(broker, [], withinMs));
    try {
      await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }

  /**
   * A connected admin client that everybody shares; it reconnects by itself.
   * @throws ConnectionClosedError once the connection was closed: a client made then would never be
   */
  async admin(): Promise<Admin> {
    if (this.closed) throw new ConnectionClosedError('the connection to Kafka was closed');
    this.sharedAdmin ??= this.connectAdmin();
    return this.sharedAdmin;
  }

  /** Keeps the membership of a group, until it fails for the first time; its topics are paused, so that it reads nothing. */
  createConsumer(options: ConsumerConfig): Consumer {
    return new Kafka({ ...this.base, retry: PATIENT }).consumer({
      allowAutoTopicCreation: false,
      sessionTimeout: this.config.sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: LOOK_MS,
      ...options,
      retry: { ...PATIENT, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const admin = await this.sharedAdmin?.catch(() => undefined);
    this.sharedAdmin = undefined;
    await admin?.disconnect();
    this.cluster.close();
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = new Kafka({ ...this.base, retry: { ...PATIENT, retries: 2 } }).admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      this.sharedAdmin = undefined;
      throw error;
    }
  }
}

/** `host:port`, `[::1]:port`, or a host alone. */
function addressOf(broker: string): Address {
  const [, host = broker, port] = /^\[?(.*?)\]?(?::(\d+))?$/u.exec(broker) ?? [];
  return { host, port: port === undefined ? KAFKA_PORT : Number(port) };
}

function saslOptions({ mechanism, username, password }: SaslLogin): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
