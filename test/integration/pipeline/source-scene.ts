import { apiRole } from '@signpost/api';
import { dispatcherRole } from '@signpost/dispatcher';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import { freshTopicPrefix, makeTopics, ScriptedReceiver, testKafkaBrokers, until } from '@signpost/testing';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { ApiScene } from '../api/support.js';

const ROLES = [ingestRole, matcherRole, dispatcherRole, retrySchedulerRole, recorderRole, apiRole];

/** Every role in one process that reads a topic of the platform's own, its producer, and a receiver of what comes of it. */
export class SourceScene {
  private constructor(
    readonly api: ApiScene,
    readonly receiver: ScriptedReceiver,
    readonly topic: string,
    private readonly producer: Producer,
  ) {}

  static async open(partitions: number, settings: Readonly<Record<string, string>> = {}): Promise<SourceScene> {
    const topic = `platform-${freshTopicPrefix()}events`;
    const receiver = await ScriptedReceiver.start();
    await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: partitions }]);
    const producer = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const env = {
      INGEST_SOURCE_TOPICS: topic,
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      ...settings,
    };
    return new SourceScene(await ApiScene.open(undefined, env, ROLES), receiver, topic, producer);
  }

  /** Returns where it lies, as `topic:partition:offset`. */
  async produce(message: Message): Promise<string> {
    const [sent] = await this.producer.send({ topic: this.topic, acks: -1, messages: [message] });
    return `${this.topic}:${String(sent?.partition)}:${String(sent?.baseOffset)}`;
  }

  untilKnown(application: string, endpoints: number): Promise<unknown> {
    return until(() => [...this.api.control.view.endpointsOf(application as never)].length === endpoints, {
      timeoutMs: 60_000,
      everyMs: 50,
      what: 'the endpoints to be known',
    });
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
    await this.api.close();
    await this.receiver.stop();
  }
}
