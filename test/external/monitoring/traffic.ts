import { Kafka, logLevel, type Producer } from 'kafkajs';
import { findFreePort, makeTopics, ScriptedReceiver, until, type Deployment, type Step } from '@signpost/testing';

const PATIENCE_MS = 60_000;
const EVERY_MS = 200;
const QUOTA = 5;

interface Made {
  readonly id: string;
}

/** What endpoints do to a delivery, by their path: well, slow, at times, never, and what has an end of its own. */
const BEHAVIOURS: Readonly<Record<string, readonly [readonly [Step, ...Step[]], object]>> = {
  '/well': [[200], {}],
  '/slow': [[{ status: 200, delayMs: 300 }], {}],
  '/flaky': [
    [500, 200, ...Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? 500 : 200))],
    { retrySchedule: [1, 1, 5] },
  ],
  '/failing': [[503], { retrySchedule: [1] }],
  '/throttled': [[{ status: 429, headers: { 'retry-after': '2' } }], { retrySchedule: [1, 5, 10] }],
  '/gone': [[410], {}],
  '/disabled': [[200], { disabled: true }],
  '/limited': [[200], { throttleRate: 1 }],
};

/** Events that go on coming, by HTTP and by Kafka, to endpoints of which some fail in every way there is. */
export class Traffic {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  readonly endpoints: string[] = [];

  private constructor(
    private readonly deployment: Deployment,
    readonly receiver: ScriptedReceiver,
    private readonly producer: Producer,
    private readonly source: string,
    readonly application: string,
    private readonly flooding: string,
  ) {}

  /** @param source a topic of the platform's own that ingest reads; it is made here, before ingest starts */
  static async prepare(brokers: readonly string[], source: string): Promise<Producer> {
    await makeTopics(brokers, [{ topic: source, numPartitions: 2 }]);
    const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    return producer;
  }

  static async begin(deployment: Deployment, producer: Producer, source: string): Promise<Traffic> {
    const receiver = await ScriptedReceiver.start();
    const { id } = await deployment.call<Made>('POST', '/api/v1/app', { name: 'Watched' });
    const flooding = await deployment.call<Made>('POST', '/api/v1/app', { name: 'Flooding', intakeQuota: QUOTA });
    const traffic = new Traffic(deployment, receiver, producer, source, id, flooding.id);
    for (const [path, [steps, changes]] of Object.entries(BEHAVIOURS)) {
      receiver.playAt(path, ...steps);
      await traffic.endpoint(receiver.url(path), changes);
    }
    await deployment.call('PATCH', `/api/v1/app/${id}/endpoint/${traffic.endpoints[0] ?? ''}/transformation`, {
      code: 'function handler(webhook) { return webhook; }',
      enabled: true,
    });
    // Nobody listens there.
    await traffic.endpoint(`http://127.0.0.1:${String(await findFreePort())}/`, { retrySchedule: [1] });
    traffic.running = traffic.run();
    return traffic;
  }

  /** Resolves once something has died, and was sent again slowly enough to be seen. */
  async redrive(): Promise<void> {
    const letters = '/api/v1/dead-letter?limit=50';
    await until(async () => (await this.deployment.call<{ data: unknown[] }>('GET', letters)).data.length > 2, {
      timeoutMs: PATIENCE_MS,
      what: 'dead letters to be indexed',
    });
    await this.deployment.call('POST', '/api/v1/recovery', {
      kind: 'redrive',
      why: 'to be seen',
      select: { appId: this.application },
      perSecond: 1,
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.receiver.stop();
  }

  private async endpoint(url: string, changes: object): Promise<void> {
    const path = `/api/v1/app/${this.application}/endpoint`;
    const { id } = await this.deployment.call<Made>('POST', path, { url, ...changes });
    this.endpoints.push(id);
  }

  private async run(): Promise<void> {
    for (let turn = 0; !this.stopping.signal.aborted; turn += 1) {
      await Promise.all([
        this.publish(this.application, 'lead.captured', turn),
        ...Array.from({ length: QUOTA * 2 }, () => this.publish(this.flooding, 'lead.captured', turn)),
        // What no event type is called, so that it is refused.
        this.publish(this.application, ' ', turn),
        this.produce(turn, this.application),
        this.produce(turn, 'nobody'),
      ]);
      await new Promise((resume) => setTimeout(resume, EVERY_MS));
    }
  }

  private async publish(application: string, eventType: string, turn: number): Promise<void> {
    const answer = this.deployment.publish(application, { eventType, payload: { turn } });
    // Refused, or asked while a process is away: neither ends the traffic.
    await answer.catch(() => undefined);
  }

  private async produce(turn: number, application: string): Promise<void> {
    const headers = {
      ce_specversion: '1.0',
      ce_id: `${application}-${String(turn)}`,
      ce_type: 'lead.captured',
      ce_source: '/watched',
      ce_application: application,
    };
    await this.producer.send({ topic: this.source, messages: [{ key: 'k', value: '{"a":1}', headers }] });
  }
}
