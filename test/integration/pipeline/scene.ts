import {
  controlRecord,
  deliveryHeaders,
  readFact,
  type Delivery,
  type JournalFact,
  type TopicName,
} from '@signpost/contracts';
import { TOPICS } from '@signpost/contracts';
import {
  deliveryIdOf,
  newId,
  type Application,
  type ControlChange,
  type Endpoint,
  type OrganisationId,
} from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import type { IncomingRecord, Position } from '@signpost/ports';
import { boot, hashApiKey, type Role, type RunningProcess } from '@signpost/runtime';
import { freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';

const WAIT_MS = 30_000;

export interface KeptRecord extends IncomingRecord {
  readonly partition: number;
  /** When it was read here, in milliseconds since 1970. */
  readonly readAtMs: number;
}

/** Roles on the real broker with topics of their own, an organisation with a key, and what they write read along. */
export class Scene {
  readonly organisationId: OrganisationId = newId('org', Date.now());
  readonly apiKey = `key-${freshTopicPrefix()}`;
  private readonly kept = new Map<TopicName, KeptRecord[]>();
  private readonly processes: RunningProcess[] = [];

  private constructor(
    readonly env: Readonly<Record<string, string>>,
    readonly connection: KafkaConnection,
    readonly sink: KafkaRecordSink,
    private readonly follower: KafkaTopicFollower,
  ) {}

  /** No role runs yet. */
  static async open(settings: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const env = {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
      KAFKA_BROKERS: testKafkaBrokers().join(','),
      KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
      KAFKA_PARTITIONS: '3',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      ...settings,
    };
    const connection = new KafkaConnection(loadKafkaConfig(env));
    await connection.ensureTopics();
    const scene = new Scene(env, connection, new KafkaRecordSink(connection), new KafkaTopicFollower(connection));
    const { organisationId, apiKey } = scene;
    const id = newId('key', Date.now());
    const state = { id, organisationId, version: 1, hash: hashApiKey(apiKey) };
    await scene.change({ kind: 'api-key', id, version: 1, state });
    return scene;
  }

  start(...roles: readonly Role[]): Promise<RunningProcess> {
    return this.startWith({}, ...roles);
  }

  /** With settings of its own over those of the scene. */
  async startWith(settings: Readonly<Record<string, string>>, ...roles: readonly Role[]): Promise<RunningProcess> {
    // Each process has an environment object, and so a Kafka client, of its own.
    const process = await boot(roles, { ...this.env, ...settings });
    this.processes.push(process);
    return process;
  }

  async change(change: ControlChange): Promise<void> {
    await this.sink.append({ topic: TOPICS.control, ...controlRecord(change) });
  }

  async application(changes: Partial<Application> = {}): Promise<Application> {
    const state = anApplication(this.organisationId, changes);
    await this.change({ kind: 'application', id: state.id, version: state.version, state });
    return state;
  }

  async endpoint(applicationId: Application['id'], changes: Partial<Endpoint> = {}): Promise<Endpoint> {
    const state = anEndpoint(applicationId, changes);
    await this.change({ kind: 'endpoint', id: state.id, version: state.version, state });
    return state;
  }

  async remove({ id, version }: Endpoint): Promise<void> {
    await this.change({ kind: 'endpoint', id, version: version + 1, state: undefined });
  }

  /** Appends a delivery as the dispatcher would. */
  append(topic: TopicName, delivery: Delivery, payload = '{"a":1}'): Promise<Position> {
    return this.sink.append({
      topic,
      key: delivery.endpointId,
      value: Buffer.from(payload),
      headers: deliveryHeaders(delivery),
    });
  }

  /** All that the topic holds, from now on read along. */
  async keep(topic: TopicName): Promise<readonly KeptRecord[]> {
    const known = this.kept.get(topic);
    if (known !== undefined) return known;
    const records: KeptRecord[] = [];
    this.kept.set(topic, records);
    await this.follower.follow(topic, (record, partition) => {
      records.push({ ...record, partition, readAtMs: Date.now() });
    });
    return records;
  }

  /** Waits until the topic holds that many records. */
  async records(topic: TopicName, count: number): Promise<readonly KeptRecord[]> {
    const records = await this.keep(topic);
    await this.until(`${String(count)} records of ${topic}`, () => records.length >= count);
    return records;
  }

  async facts(count: number): Promise<readonly JournalFact[]> {
    return (await this.records(TOPICS.journal, count)).map(({ value }) => readFact(value));
  }

  /** How many records the topic holds at this moment. */
  async count(topic: TopicName): Promise<number> {
    const admin = await this.connection.admin();
    const partitions = await admin.fetchTopicOffsets(this.connection.physical(topic));
    return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  }

  async until(what: string, condition: () => unknown): Promise<void> {
    await until(async () => Boolean(await condition()), { timeoutMs: WAIT_MS, what, everyMs: 20 });
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
  }
}

export function anApplication(organisationId: OrganisationId, changes: Partial<Application> = {}): Application {
  return { id: newId('app', Date.now()), organisationId, version: 1, name: 'an application', ...changes };
}

export function anEndpoint(applicationId: Application['id'], changes: Partial<Endpoint> = {}): Endpoint {
  return {
    id: newId('ep', Date.now()),
    applicationId,
    version: 1,
    url: 'https://example.com/',
    disabled: false,
    secrets: [],
    retrySchedule: [5_000],
    ...changes,
  };
}

export function aDelivery(endpoint: Endpoint, changes: Partial<Delivery> = {}): Delivery {
  const messageId = newId('msg', Date.now());
  return {
    id: deliveryIdOf(messageId, endpoint.id),
    messageId,
    applicationId: endpoint.applicationId,
    endpointId: endpoint.id,
    endpointVersion: endpoint.version,
    eventType: 'message.sent',
    acceptedAtMs: Date.now(),
    attempt: 1,
    ...changes,
  };
}
