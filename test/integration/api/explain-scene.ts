import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { AttemptFact, ExplainOut, JournalFact, MessageRecord } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

type Explained = ExplainOut['endpoints'][number];

/** The api and the recorder, an application with three endpoints, and what happened to messages as the test tells it. */
export class ExplainScene {
  private constructor(
    readonly api: ApiScene,
    readonly app: ApplicationId,
    /** Asks for everything. */
    readonly main: EndpointId,
    /** Asks for two event types. */
    readonly typed: EndpointId,
    /** Asks for one channel. */
    readonly red: EndpointId,
  ) {}

  static async open(): Promise<ExplainScene> {
    const api = await ApiScene.open();
    const app = (await api.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    const main = await endpointOf(api, { uid: 'main' });
    const typed = await endpointOf(api, { uid: 'typed', eventTypes: ['order.paid', 'order.sent'] });
    const red = await endpointOf(api, { uid: 'red', channels: ['red'] });
    return new ExplainScene(api, app, main, typed, red);
  }

  endpoint(fields: object): Promise<EndpointId> {
    return endpointOf(this.api, fields);
  }

  patch(uid: string, fields: object): Promise<Answer> {
    return this.api.call('PATCH', `/api/v1/app/one/endpoint/${uid}`, fields);
  }

  delete(uid: string): Promise<Answer> {
    return this.api.call('DELETE', `/api/v1/app/one/endpoint/${uid}`);
  }

  ask(id: string, query = '', key?: string): Promise<Answer> {
    return this.api.call('GET', `/api/v1/explain/${encodeURIComponent(id)}${query}`, undefined, key);
  }

  async explain(id: string, query = ''): Promise<ExplainOut> {
    const { status, text, body } = await this.ask(id, query);
    if (status !== 200) throw new Error(`${id} was answered ${String(status)}: ${text}`);
    return body as unknown as ExplainOut;
  }

  /** Explained as soon as it is as expected; what is told is in the log a moment later. */
  async soon(message: MessageRecord, isThere: (out: ExplainOut) => boolean): Promise<ExplainOut> {
    let out = await this.explain(message.id);
    await until(
      async () => {
        if (isThere(out)) return true;
        out = await this.explain(message.id);
        return false;
      },
      { timeoutMs: 15_000, everyMs: 20, what: 'the log to have what was told' },
    );
    return out;
  }

  async publish(given: Partial<MessageRecord> = {}): Promise<MessageRecord> {
    const acceptedAtMs = given.acceptedAtMs ?? Date.now();
    const message: MessageRecord = {
      id: newId('msg', acceptedAtMs),
      applicationId: this.app,
      eventType: 'a',
      payload: Buffer.from('{}'),
      ...given,
      acceptedAtMs,
    };
    await this.api.publish(message);
    return message;
  }

  close(): Promise<void> {
    return this.api.close();
  }
}

async function endpointOf(api: ApiScene, fields: object): Promise<EndpointId> {
  const body = { url: 'https://example.com/', ...fields };
  return (await api.call('POST', '/api/v1/app/one/endpoint', body)).body.id as EndpointId;
}

export const of = (out: ExplainOut, id: EndpointId): Explained | undefined =>
  out.endpoints.find(({ endpointId }) => endpointId === id);

export const verdict = (id: EndpointId, what: string) => (out: ExplainOut) => of(out, id)?.verdict === what;

export const matched = (message: MessageRecord, ...endpointIds: EndpointId[]): JournalFact => ({
  kind: 'matched',
  messageId: message.id,
  applicationId: message.applicationId,
  atMs: message.acceptedAtMs + 4,
  endpointIds,
});

export const about = (message: MessageRecord, endpointId: EndpointId, afterMs: number) => ({
  deliveryId: deliveryIdOf(message.id, endpointId),
  messageId: message.id,
  applicationId: message.applicationId,
  endpointId,
  eventType: message.eventType,
  atMs: message.acceptedAtMs + afterMs,
});

/** One that failed, unless it is said otherwise. */
export const attempt = (
  message: MessageRecord,
  endpointId: EndpointId,
  afterMs: number,
  given: Partial<AttemptFact> = {},
): AttemptFact => ({
  kind: 'attempt',
  ...about(message, endpointId, afterMs),
  attemptId: newId('atmpt', message.acceptedAtMs + afterMs),
  attempt: 1,
  url: 'https://example.com/',
  outcome: 'failed',
  reason: 'http:503',
  status: 503,
  timing: { connectMs: 2, firstByteMs: 7, totalMs: 8 },
  trigger: 'scheduled',
  ...given,
});
