import { Kafka, logLevel, Partitioners, type IHeaders, type Message, type Producer } from 'kafkajs';
import { EVENT_TYPE, payloadTemplate, stampPayload, type Stamp } from '../wire/payload.js';
import type { Intake, IntakePlan } from './intake.js';

/** Produces to one of the platform's own topics: CloudEvents binary mode, acknowledged by all replicas. */
export class KafkaIntake implements Intake {
  readonly most: number;
  readonly #topic: string;
  readonly #template: Buffer;
  /** One for each application that has events, in turn. */
  readonly #headers: readonly IHeaders[];

  private constructor(
    plan: Extract<IntakePlan, { kind: 'kafka' }>,
    private readonly producer: Producer,
  ) {
    this.most = plan.batch;
    this.#topic = plan.topic;
    this.#template = payloadTemplate(plan.payloadBytes);
    this.#headers = (plan.applications ?? [plan.application]).map((application) => ({
      ce_specversion: '1.0',
      ce_type: EVENT_TYPE,
      ce_source: '/bench',
      ce_application: application,
      'content-type': 'application/json',
    }));
  }

  static async connect(plan: Extract<IntakePlan, { kind: 'kafka' }>): Promise<KafkaIntake> {
    const kafka = new Kafka({ clientId: 'signpost-bench', brokers: [...plan.brokers], logLevel: logLevel.ERROR });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new KafkaIntake(plan, producer);
  }

  async send(stamps: readonly Stamp[]): Promise<void> {
    const messages = stamps.map((stamp) => this.#message(stamp));
    await this.producer.send({ topic: this.#topic, messages, acks: -1 });
  }

  close(): Promise<void> {
    return this.producer.disconnect();
  }

  #message(stamp: Stamp): Message {
    const value = Buffer.from(this.#template);
    stampPayload(value, 0, stamp);
    const headers = this.#headers[stamp.sequence % this.#headers.length];
    return { value, headers: { ...headers, ce_id: `${String(stamp.run)}-${String(stamp.sequence)}` } };
  }
}
