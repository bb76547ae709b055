import {
  controlRecord,
  deliveryHeaders,
  readDelivery,
  readFact,
  readLane,
  TOPICS,
  type Delivery,
  type JournalFact,
  type TopicName,
} from '@signpost/contracts';
import { dispatcherRole } from '@signpost/dispatcher';
import {
  deliveryIdOf,
  newId,
  newSymmetricSecret,
  SecretBox,
  type Application,
  type Endpoint,
  type LaneMemory,
} from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import type { IncomingRecord } from '@signpost/ports';
import { boot, type Role, type RunningProcess } from '@signpost/runtime';
import { freshTopicPrefix, ScriptedReceiver, testKafkaBrokers, until } from '@signpost/testing';

const WAIT_MS = 30_000;

export interface KeptRecord extends IncomingRecord {
  readonly partition: number;
}

/** A dispatcher on the real broker, with a receiver, and whatever it writes read along. */
export class Scene {
  readonly lanes: KeptRecord[] = [];
  readonly parked: KeptRecord[] = [];
  readonly deadLetters: KeptRecord[] = [];
  private readonly journal: KeptRecord[] = [];
  private readonly processes: RunningProcess[] = [];
  private readonly box: SecretBox;

  private constructor(
    readonly env: Readonly<Record<string, string>>,
    readonly receiver: ScriptedReceiver,
    readonly connection: KafkaConnection,
    readonly sink: KafkaRecordSink,
    readonly follower: KafkaTopicFollower,
  ) {
    this.box = new SecretBox(env['SIGNPOST_MASTER_KEY'] ?? '');
  }

  /** No dispatcher runs yet. */
  static async open(settings: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const env = {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
      KAFKA_BROKERS: testKafkaBrokers().join(','),
      KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
      KAFKA_PARTITIONS: '2',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      EGRESS_TOTAL_TIMEOUT_MS: '20000',
      ...settings,
    };
    const connection = new KafkaConnection(loadKafkaConfig(env));
    await connection.ensureTopics();
    const sink = new KafkaRecordSink(connection);
    const scene = new Scene(env, await ScriptedReceiver.start(), connection, sink, new KafkaTopicFollower(connection));
    await scene.keep(TOPICS.lanes, scene.lanes);
    await scene.keep(TOPICS.parked, scene.parked);
    await scene.keep(TOPICS.deadLetter, scene.deadLetters);
    await scene.keep(TOPICS.journal, scene.journal);
    return scene;
  }

  async start(...others: readonly Role[]): Promise<RunningProcess> {
    // Each process has an environment object, and so a Kafka client, of its own.
    const process = await boot([dispatcherRole, ...others], { ...this.env });
    this.processes.push(process);
    return process;
  }

  async keep(topic: TopicName, into: KeptRecord[]): Promise<void> {
    await this.follower.follow(topic, (record, partition) => into.push({ ...record, partition }));
  }

  get facts(): readonly JournalFact[] {
    return this.journal.map(({ value }) => readFact(value));
  }

  /** Waits until that many facts match. */
  async facts$(count: number, matches: (fact: JournalFact) => boolean = () => true): Promise<readonly JournalFact[]> {
    const what = `${String(count)} facts`;
    await until(() => this.facts.filter(matches).length >= count, { timeoutMs: WAIT_MS, what });
    return this.facts.filter(matches);
  }

  async until(what: string, condition: () => unknown): Promise<void> {
    await until(() => Boolean(condition()), { timeoutMs: WAIT_MS, what, everyMs: 20 });
  }

  memoryOf(endpoint: Endpoint): LaneMemory | undefined {
    const value = this.lanes.findLast(({ key }) => key?.toString() === endpoint.id)?.value;
    return value === null || value === undefined ? undefined : readLane(value);
  }

  /** An endpoint at a path of the receiver, known to every dispatcher. */
  async endpoint(path: string, changes: Partial<Endpoint> = {}): Promise<Endpoint & { readonly secret: string }> {
    const secret = newSymmetricSecret();
    const endpoint: Endpoint = {
      id: newId('ep', Date.now()),
      applicationId: newId('app', Date.now()),
      version: 1,
      url: this.receiver.url(path),
      disabled: false,
      secrets: [this.box.seal(Buffer.from(secret))],
      retrySchedule: [5_000],
      ...changes,
    };
    await this.put(endpoint);
    return { ...endpoint, secret };
  }

  seal(text: string): string {
    return this.box.seal(Buffer.from(text));
  }

  async putApplication(application: Application): Promise<void> {
    const { id, version } = application;
    const change = { kind: 'application', id, version, state: application } as const;
    await this.sink.append({ topic: TOPICS.control, ...controlRecord(change) });
  }

  async put(endpoint: Endpoint): Promise<void> {
    const { id, version } = endpoint;
    await this.sink.append({
      topic: TOPICS.control,
      ...controlRecord({ kind: 'endpoint', id, version, state: endpoint }),
    });
  }

  async remove({ id, version }: Endpoint): Promise<void> {
    const change = { kind: 'endpoint', id, version: version + 1, state: undefined } as const;
    await this.sink.append({ topic: TOPICS.control, ...controlRecord(change) });
  }

  /** Owes the endpoint that many messages, numbered in their payload. */
  async deliver(endpoint: Endpoint, count = 1, changes: Partial<Delivery> = {}): Promise<readonly Delivery[]> {
    const deliveries = Array.from({ length: count }, () => aDelivery(endpoint, changes));
    await Promise.all(
      deliveries.map((delivery, number) =>
        this.sink.append({
          topic: TOPICS.deliveries,
          key: endpoint.id,
          value: Buffer.from(`{"type":"message.sent", "data":{"number":${String(number)}}}`),
          headers: deliveryHeaders(delivery),
        }),
      ),
    );
    return deliveries;
  }

  /** What the receiver got, by webhook-id. */
  arrivals(path: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const request of this.receiver.requests.filter((one) => one.path === path)) {
      const id = String(request.headers['webhook-id']);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /** Hands back what is parked as lanes ask for it: the scheduler's part, in a few lines. */
  async serveDemands(): Promise<void> {
    const served = new Map<string, number>();
    await this.follower.follow(TOPICS.lanes, (record, partition) => {
      if (record.value === null) return;
      const { endpointId, demand } = readLane(record.value);
      if (demand === undefined || demand.sequence <= (served.get(endpointId) ?? 0)) return;
      served.set(endpointId, demand.sequence);
      void this.until(
        'the parked records',
        () => this.parkedOf(endpointId, partition, demand.fromOffset).length > 0,
      ).then(() => {
        for (const { offset, headers, value } of this.parkedOf(endpointId, partition, demand.fromOffset).slice(
          0,
          demand.limit,
        )) {
          const delivery = { ...readDelivery(headers), parkedOffset: offset };
          void this.sink.append({
            topic: TOPICS.returning,
            key: endpointId,
            value,
            headers: deliveryHeaders(delivery),
          });
        }
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
    await this.receiver.stop();
  }

  private parkedOf(endpointId: string, partition: number, from: number): readonly KeptRecord[] {
    return this.parked.filter(
      (record) => record.partition === partition && record.offset >= from && record.key?.toString() === endpointId,
    );
  }
}

function aDelivery(endpoint: Endpoint, changes: Partial<Delivery>): Delivery {
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
