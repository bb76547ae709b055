import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import {
  Kafka,
  logLevel,
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type KafkaConfig as ClientConfig,
  type PartitionerArgs,
  type Producer,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { TopicName } from '@signpost/contracts';
import { KafkaConfig, KafkaConfigurationError, type SaslLogin, type TlsFiles } from '../config.js';
import { ensureTopics } from '../topics/ensure-topics.js';
import { clientLog, type KafkaLogListener } from './client-log.js';
import { socketFactory } from './sockets.js';

/** The sink has its own retries, with what kafkajs' lack; see sink/. */
const ONCE: RetryOptions = { retries: 0, initialRetryTime: 50, maxRetryTime: 50, factor: 0, multiplier: 1 };
/** About three seconds: a consumer whose coordinator moved finds the new one only by starting anew. */
const PATIENT: RetryOptions = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/** The one place that makes Kafka clients: their addresses, TLS, login and log. */
export class KafkaConnection {
  private readonly base: ClientConfig;
  private logListener: KafkaLogListener = () => undefined;
  private sharedAdmin: Promise<Admin> | undefined;

  constructor(readonly config: KafkaConfig) {
    this.base = {
      clientId: config.clientId,
      brokers: [...config.brokers],
      connectionTimeout: 3_000,
      requestTimeout: config.requestTimeoutMs,
      enforceRequestTimeout: true,
      socketFactory: socketFactory(),
      logLevel: logLevel.WARN,
      logCreator: clientLog((entry) => {
        this.logListener(entry);
      }),
      ...(config.tls === undefined ? {} : { ssl: tlsOptions(config.tls) }),
      ...(config.sasl === undefined ? {} : { sasl: saslOptions(config.sasl) }),
    };
  }

  /** Sends the client's own words somewhere; until then they go nowhere. */
  logTo(listener: KafkaLogListener): void {
    this.logListener = listener;
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
    const asked = this.admin().then((admin) => admin.describeCluster());
    try {
      await Promise.race([asked, late]);
    } catch (error) {
      if (error instanceof TypeError) throw new Error(`no Kafka broker answers`, { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }

  /** A connected admin client that everybody shares; it reconnects by itself. */
  admin(): Promise<Admin> {
    this.sharedAdmin ??= this.connectAdmin();
    return this.sharedAdmin;
  }

  createProducer(): Producer {
    return new Kafka({ ...this.base, retry: ONCE }).producer({
      allowAutoTopicCreation: false,
      createPartitioner: () => explicitPartition,
    });
  }

  createConsumer(options: ConsumerConfig): Consumer {
    return new Kafka({ ...this.base, retry: PATIENT }).consumer({
      allowAutoTopicCreation: false,
      sessionTimeout: this.config.sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, Math.floor(this.config.sessionTimeoutMs / 3)),
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 512 * 1_024,
      maxBytes: 4 * 1_048_576,
      ...options,
      retry: PATIENT,
    });
  }

  async close(): Promise<void> {
    const admin = await this.sharedAdmin?.catch(() => undefined);
    this.sharedAdmin = undefined;
    await admin?.disconnect();
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

/** Every message of the sink names its partition: the answer can then be held against what was asked. */
function explicitPartition({ message }: PartitionerArgs): number {
  if (message.partition === undefined) throw new TypeError('a message without a partition');
  return message.partition;
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

function tlsOptions({ ca, cert, key }: TlsFiles): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca: [readPem('KAFKA_TLS_CA_FILE', ca)] }),
    ...(cert === undefined ? {} : { cert: readPem('KAFKA_TLS_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readPem('KAFKA_TLS_KEY_FILE', key) }),
  };
}

function readPem(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KafkaConfigurationError(`${variable}: ${file} cannot be read`, { variable, file }, error);
  }
}
