import { randomBytes } from 'node:crypto';
import {
  Deployment,
  findFreePort,
  freshDatabase,
  freshFolder,
  freshTopicPrefix,
  ScriptedReceiver,
  testKafkaBrokers,
  until,
} from '@signpost/testing';
import { startProxy, type Proxy } from '../../../apps/all/src/start/proxy.js';
import type { Fields, Question } from './client-run.js';

const PATIENCE_MS = 15_000;

interface List {
  readonly data: readonly Fields[];
}

/** Signpost with each role apart behind one origin, and a receiver on loopback. */
export class ExternalScene {
  private constructor(
    readonly deployment: Deployment,
    readonly receiver: ScriptedReceiver,
    private readonly proxy: Proxy,
    readonly origin: string,
  ) {}

  static async open(env: Readonly<Record<string, string>> = {}): Promise<ExternalScene> {
    const receiver = await ScriptedReceiver.start();
    const deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await freshDatabase(),
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
      env,
    });
    const port = await findFreePort();
    const upstreams = { ingest: deployment.process('ingest').url, api: deployment.process('api').url };
    const proxy = await startProxy('127.0.0.1', port, upstreams);
    return new ExternalScene(deployment, receiver, proxy, `http://127.0.0.1:${String(port)}`);
  }

  /** A caller with an organisation of its own, once both processes know the key. */
  async caller(organisation: string): Promise<Caller> {
    const caller = new Caller(this, await this.deployment.createKey(organisation));
    await until(async () => (await caller.status('GET', '/api/v1/app')) === 200, {
      timeoutMs: PATIENCE_MS,
      what: 'the api to know the new key',
    });
    await until(async () => (await caller.status('POST', '/api/v1/app/none/msg', {})) !== 401, {
      timeoutMs: PATIENCE_MS,
      what: 'ingest to know the new key',
    });
    return caller;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.deployment.stop();
    await this.receiver.stop();
  }
}

/** Answers what a client cannot know: what arrived, and when what it changed is known everywhere. */
export class Caller {
  constructor(
    private readonly scene: ExternalScene,
    readonly key: string,
  ) {}

  readonly answer = async (question: Question): Promise<Fields> => {
    const given = (name: string): string => {
      const value = question[name];
      if (typeof value !== 'string') throw new Error(`the question ${question.ask} has no ${name}`);
      return value;
    };
    switch (question.ask) {
      case 'known':
        return this.known(given('application'));
      case 'delivery':
        return this.delivery(given('application'), given('path'), Number(question['count']));
      case 'attempts':
        return this.attempts(given('application'), given('message'), Number(question['count']));
      case 'fail-once':
        return this.failOnce(given('application'), given('endpoint'), given('path'));
      case 'fate':
        return this.fate(given('application'), given('message'), Number(question['status']));
      default:
        throw new Error(`no such question: ${question.ask}`);
    }
  };

  async status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.fetch(method, path, body)).status;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.fetch(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${String(response.status)}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A later endpoint's first delivery tells that the data plane has read everything before it. */
  private async known(application: string): Promise<Fields> {
    const name = `probe-${randomBytes(4).toString('hex')}`;
    const { receiver } = this.scene;
    const base = `/api/v1/app/${application}`;
    const { id } = await this.call<{ id: string }>('POST', `${base}/endpoint`, {
      url: receiver.url(`/${name}`),
      eventTypes: [name],
    });
    await until(
      async () => {
        await this.call('POST', `${base}/msg`, { eventType: name, payload: {} });
        return receiver.requests.some(({ path }) => path === `/${name}`);
      },
      { timeoutMs: PATIENCE_MS, what: 'a new endpoint to be known everywhere', everyMs: 100 },
    );
    await this.call('DELETE', `${base}/endpoint/${id}`);
    return {};
  }

  /** The count-th request on a path, once its attempt is in the log. */
  private async delivery(application: string, path: string, count: number): Promise<Fields> {
    const request = (await this.scene.receiver.received(count, path, PATIENCE_MS))[count - 1];
    if (request === undefined) throw new Error(`no request ${String(count)} on ${path}`);
    const header = (name: string): string => String(request.headers[name]);
    await this.attempts(application, header('webhook-id'), 1);
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    const headers = Object.fromEntries(names.map((name) => [name, header(name)]));
    const custom = Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => name.startsWith('x-'))
        .map(([name, value]) => [name, String(value)]),
    );
    return { headers, custom, body: request.body.toString('utf8') };
  }

  private async attempts(application: string, message: string, count: number): Promise<Fields> {
    const path = `/api/v1/app/${application}/attempt/msg/${message}`;
    await until(async () => (await this.call<List>('GET', path)).data.length >= count, {
      timeoutMs: PATIENCE_MS,
      what: `${String(count)} attempts for ${message} to be in the log`,
    });
    return {};
  }

  /** The endpoint's next delivery fails for good: no SDK can ask for an empty schedule. */
  private async failOnce(application: string, endpoint: string, path: string): Promise<Fields> {
    await this.call('PATCH', `/api/v1/app/${application}/endpoint/${endpoint}`, { retrySchedule: [] });
    this.scene.receiver.playAt(path, 500, 200);
    return this.known(application);
  }

  private async fate(application: string, message: string, status: number): Promise<Fields> {
    const destinations = `/api/v1/app/${application}/msg/${message}/endpoint`;
    await until(
      async () => (await this.call<List>('GET', destinations)).data.some((each) => each['status'] === status),
      { timeoutMs: PATIENCE_MS, what: `a delivery of ${message} to have the status ${String(status)}` },
    );
    return {};
  }

  private fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.scene.origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
