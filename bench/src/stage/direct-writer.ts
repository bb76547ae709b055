import {
  controlRecord,
  deliveryHeaders,
  messageHeaders,
  messageKey,
  TOPICS,
  type Delivery,
  type MessageRecord,
} from '@signpost/contracts';
import {
  deliveryIdOf,
  newId,
  newSymmetricSecret,
  SecretBox,
  type Application,
  type ControlChange,
  type Endpoint,
} from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, loadKafkaConfig } from '@signpost/kafka';
import type { OutgoingRecord } from '@signpost/ports';
import { EVENT_TYPE } from '../wire/payload.js';

const AT_A_TIME = 5_000;
const RETRY_SCHEDULE = [1_000, 5_000, 10_000];

export interface DirectWriterOptions {
  readonly kafkaBrokers: readonly string[];
  readonly topicPrefix: string;
  readonly partitions: number;
  /** The one that the roles were given. */
  readonly masterKey: string;
}

/** Puts records into the product's own topics, as the process before would, where that one is not to be measured. */
export class DirectWriter {
  readonly #connection: KafkaConnection;
  readonly #sink: KafkaRecordSink;
  readonly #organisationId = newId('org', Date.now());
  readonly #secret: string;

  constructor(options: DirectWriterOptions) {
    this.#connection = new KafkaConnection(
      loadKafkaConfig({
        KAFKA_BROKERS: options.kafkaBrokers.join(','),
        KAFKA_TOPIC_PREFIX: options.topicPrefix,
        KAFKA_PARTITIONS: String(options.partitions),
        KAFKA_REPLICATION: '1',
        KAFKA_MIN_INSYNC_REPLICAS: '1',
      }),
    );
    this.#sink = new KafkaRecordSink(this.#connection);
    this.#secret = new SecretBox(options.masterKey).seal(Buffer.from(newSymmetricSecret(), 'utf8'));
  }

  application(name: string): Application {
    return { id: newId('app', Date.now()), organisationId: this.#organisationId, version: 1, name };
  }

  /** Of an application; `partition`, where given, is the one that its deliveries lie in. */
  endpoint(
    application: Pick<Application, 'id'>,
    url: string,
    { disabled = false, partition }: { readonly disabled?: boolean; readonly partition?: number } = {},
  ): Endpoint {
    let id = newId('ep', Date.now());
    while (partition !== undefined && this.partitionOf(id) !== partition) id = newId('ep', Date.now());
    return {
      id,
      applicationId: application.id,
      version: 1,
      url,
      disabled,
      eventTypes: [EVENT_TYPE],
      secrets: [this.#secret],
      retrySchedule: RETRY_SCHEDULE,
    };
  }

  partitionOf(endpointId: Endpoint['id']): number {
    return this.#sink.partitionOf(TOPICS.deliveries, endpointId);
  }

  /** Resolves once the broker holds all of them; at no time are more than a few thousand made. */
  async write(records: Iterable<OutgoingRecord>, tell: (written: number) => void = () => undefined): Promise<void> {
    let written = 0;
    let waiting: Promise<unknown>[] = [];
    for (const record of records) {
      waiting.push(this.#sink.append(record));
      if (waiting.length < AT_A_TIME) continue;
      await Promise.all(waiting);
      written += waiting.length;
      waiting = [];
      tell(written);
    }
    await Promise.all(waiting);
  }

  async close(): Promise<void> {
    await this.#sink.close();
    await this.#connection.close();
  }
}

export function applicationKnown(state: Application): OutgoingRecord {
  return control({ kind: 'application', id: state.id, version: state.version, state });
}

export function endpointKnown(state: Endpoint): OutgoingRecord {
  return control({ kind: 'endpoint', id: state.id, version: state.version, state });
}

/** Deleted, with a version beyond the one that was known. */
export function forgotten(kind: 'application' | 'endpoint', { id, version }: Application | Endpoint): OutgoingRecord {
  return control({ kind, id, version: version + 1, state: undefined });
}

/** One event, as ingest accepts it. */
export function messageOf(applicationId: Application['id'], payload: Buffer): OutgoingRecord {
  const atMs = Date.now();
  const message: MessageRecord = {
    id: newId('msg', atMs),
    applicationId,
    eventType: EVENT_TYPE,
    acceptedAtMs: atMs,
    payload,
  };
  return { topic: TOPICS.messages, key: messageKey(message), value: payload, headers: messageHeaders(message) };
}

/** One delivery, as the matcher makes it. */
export function deliveryOf(endpoint: Pick<Endpoint, 'id' | 'applicationId' | 'version'>, payload: Buffer) {
  const atMs = Date.now();
  const messageId = newId('msg', atMs);
  const delivery: Delivery = {
    id: deliveryIdOf(messageId, endpoint.id),
    messageId,
    applicationId: endpoint.applicationId,
    endpointId: endpoint.id,
    endpointVersion: endpoint.version,
    eventType: EVENT_TYPE,
    acceptedAtMs: atMs,
    attempt: 1,
  };
  return {
    topic: TOPICS.deliveries,
    key: endpoint.id,
    value: payload,
    headers: deliveryHeaders(delivery),
  } satisfies OutgoingRecord;
}

function control(change: ControlChange): OutgoingRecord {
  return { topic: TOPICS.control, ...controlRecord(change) };
}
