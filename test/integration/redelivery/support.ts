import { readDelivery, TOPICS, type AttemptFact, type Delivery, type MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { TopicFollower } from '@signpost/ports';
import { query, until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';

const WITHIN = { timeoutMs: 30_000, everyMs: 20 } as const;

export interface HandedOver {
  readonly delivery: Delivery;
  readonly payload: string;
}

/** The api and the recorder, an application with an endpoint, and what is handed to its lane read along. */
export class RedeliveryScene {
  readonly handed: HandedOver[] = [];
  private constructor(
    readonly api: ApiScene,
    readonly app: ApplicationId,
  ) {}

  static async open(settings: NodeJS.ProcessEnv = {}): Promise<RedeliveryScene> {
    const api = await ApiScene.open(undefined, settings);
    const { id } = (await api.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body;
    const scene = new RedeliveryScene(api, id as ApplicationId);
    await api.process.app.get(TopicFollower).follow(TOPICS.returning, ({ headers, value }) => {
      scene.handed.push({ delivery: readDelivery(headers), payload: String(value) });
    });
    return scene;
  }

  async endpoint(fields: object = {}): Promise<EndpointId> {
    const url = 'https://example.com/';
    return (await this.api.call('POST', '/api/v1/app/one/endpoint', { url, ...fields })).body.id as EndpointId;
  }

  message(changes: Partial<MessageRecord> = {}): MessageRecord {
    const acceptedAtMs = changes.acceptedAtMs ?? Date.now();
    return {
      id: newId('msg', acceptedAtMs),
      applicationId: this.app,
      eventType: 'message.received',
      acceptedAtMs,
      payload: Buffer.from('{ "type":"message.received",  "data":{"n":1.0} }'),
      ...changes,
    };
  }

  attempt(message: MessageRecord, endpointId: EndpointId, changes: Partial<AttemptFact> = {}): AttemptFact {
    const atMs = changes.atMs ?? Date.now();
    return {
      kind: 'attempt',
      deliveryId: deliveryIdOf(message.id, endpointId),
      messageId: message.id,
      applicationId: this.app,
      endpointId,
      eventType: message.eventType,
      attemptId: newId('atmpt', atMs),
      attempt: 1,
      url: 'https://example.com/',
      outcome: 'failed',
      reason: 'http:500',
      status: 500,
      timing: { totalMs: 4 },
      trigger: 'scheduled',
      ...changes,
      atMs,
    };
  }

  /** Messages whose deliveries to the endpoint are dead letters, oldest first, one a millisecond up to `lastAtMs`. */
  async dead(endpointId: EndpointId, count: number, lastAtMs = Date.now() - 1_000): Promise<readonly MessageRecord[]> {
    const messages = Array.from({ length: count }, (_, at) =>
      this.message({ acceptedAtMs: lastAtMs - count + 1 + at }),
    );
    await Promise.all(
      messages.flatMap((message) => [
        this.api.publish(message),
        this.api.tell(
          this.attempt(message, endpointId, {
            attempt: 2,
            fate: 'dead-lettered',
            deadLetterReason: 'attempts-exhausted',
          }),
        ),
      ]),
    );
    const last = messages.map(({ id }) => deliveryIdOf(id, endpointId));
    await this.until('the dead letters to be recorded', async () => {
      const found = await this.query<{ deliveries: number; messages: number }>(
        `SELECT (SELECT count(*)::int FROM deliveries WHERE endpoint_id = '${endpointId}' AND id = ANY ('{${last.join(',')}}')) AS deliveries,
          (SELECT count(*)::int FROM messages WHERE id = ANY ('{${messages.map(({ id }) => id).join(',')}}')) AS messages`,
      );
      return found[0]?.deliveries === count && found[0].messages === count;
    });
    return messages;
  }

  async query<R>(sql: string): Promise<readonly R[]> {
    return (await query(this.api.databaseUrl, sql)) as readonly R[];
  }

  handedTo(endpointId: EndpointId): readonly HandedOver[] {
    return this.handed.filter(({ delivery }) => delivery.endpointId === endpointId);
  }

  async state(message: MessageRecord, endpointId: EndpointId): Promise<string | undefined> {
    const id = deliveryIdOf(message.id, endpointId);
    return (await this.query<{ state: string }>(`SELECT state FROM deliveries WHERE id = '${id}'`))[0]?.state;
  }

  async until(what: string, condition: () => unknown): Promise<void> {
    await until(async () => Boolean(await condition()), { ...WITHIN, what });
  }

  close(): Promise<void> {
    return this.api.close();
  }
}
