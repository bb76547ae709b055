import {
  TOPICS,
  encodeFact,
  encodeLane,
  messageHeaders,
  messageKey,
  type JournalFact,
  type MessageRecord,
} from '@signpost/contracts';
import type { LaneMemory, Scope } from '@signpost/domain';
import { ControlPublisher, RecordSink } from '@signpost/ports';
import { apiRole } from '@signpost/api';
import { PostgresAccountStore, PostgresDatabase } from '@signpost/postgres';
import { recorderRole } from '@signpost/recorder';
import { boot, ControlDirectory, type Role, type RunningProcess } from '@signpost/runtime';
import { freshDatabase, freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';
import { newApiKey } from '../../../apps/api/src/commands/new-api-key.js';

/** What the answers hold that tests look into; each holds some of it. */
export interface Body {
  readonly id: string;
  readonly uid: string;
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly disabled: boolean;
  readonly archived: boolean;
  readonly retrySchedule: readonly number[];
  readonly version: number;
  readonly payload: unknown;
  readonly response: string;
  readonly status: number;
  readonly state: string;
  readonly code: string;
  readonly detail: unknown;
  readonly permission?: { readonly state: string };
  readonly data: readonly Body[];
  readonly iterator: string;
  readonly prevIterator: string;
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Body;
  readonly headers: Headers;
}

/** Topics of its own each time. */
export const environment = (databaseUrl: string): NodeJS.ProcessEnv => ({
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  SIGNPOST_MASTER_KEY: 'a key for tests and nothing else',
  KAFKA_BROKERS: testKafkaBrokers().join(','),
  KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
  KAFKA_PARTITIONS: '2',
  KAFKA_REPLICATION: '1',
  KAFKA_MIN_INSYNC_REPLICAS: '1',
  DATABASE_URL: databaseUrl,
});

/** The api and the recorder on real Kafka and PostgreSQL, and someone with a key. */
export class ApiScene {
  private constructor(
    readonly process: RunningProcess,
    readonly databaseUrl: string,
    readonly env: NodeJS.ProcessEnv,
    readonly key: string,
  ) {}

  static async open(
    databaseUrl?: string,
    settings: NodeJS.ProcessEnv = {},
    roles: readonly Role[] = [recorderRole, apiRole],
  ): Promise<ApiScene> {
    const url = databaseUrl ?? (await freshDatabase());
    const env = { ...environment(url), ...settings };
    const running = await boot(roles, env);
    const scene = new ApiScene(running, url, env, await ApiScene.newKey(running, 'first'));
    await scene.untilKnown(scene.key);
    return scene;
  }

  get origin(): string {
    return `http://127.0.0.1:${String(this.process.port)}`;
  }

  get sink(): RecordSink {
    return this.process.app.get(RecordSink);
  }

  get control(): ControlDirectory {
    return this.process.app.get(ControlDirectory);
  }

  get publisher(): ControlPublisher {
    return this.process.app.get(ControlPublisher);
  }

  /** A key of another organisation, ready for use. */
  async keyOf(organisation: string, scopes?: readonly Scope[]): Promise<string> {
    const key = await ApiScene.newKey(this.process, organisation, scopes);
    await this.untilKnown(key);
    return key;
  }

  async call(method: string, path: string, body?: unknown, key: string | undefined = this.key): Promise<Answer> {
    return this.raw(method, path, body === undefined ? undefined : JSON.stringify(body), key);
  }

  async raw(
    method: string,
    path: string,
    body: string | undefined,
    key: string | undefined,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...extra,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const { status, headers } = response;
    return { status, text, body: (isJson ? JSON.parse(text) : {}) as Body, headers };
  }

  async publish(message: MessageRecord): Promise<void> {
    await this.sink.append({
      topic: TOPICS.messages,
      key: messageKey(message),
      value: message.payload,
      headers: messageHeaders(message),
    });
  }

  async tell(...facts: readonly JournalFact[]): Promise<void> {
    await Promise.all(
      facts.map((fact) =>
        this.sink.append({
          topic: TOPICS.journal,
          key: fact.kind === 'endpoint' ? fact.endpointId : fact.messageId,
          value: encodeFact(fact),
        }),
      ),
    );
  }

  async remember(memory: LaneMemory): Promise<void> {
    await this.sink.append({ topic: TOPICS.lanes, key: memory.endpointId, value: encodeLane(memory) });
  }

  close(): Promise<void> {
    return this.process.stop();
  }

  private static newKey({ app }: RunningProcess, organisation: string, scopes?: readonly Scope[]): Promise<string> {
    return newApiKey(new PostgresAccountStore(app.get(PostgresDatabase)), organisation, 'tests', scopes);
  }

  private async untilKnown(key: string): Promise<void> {
    // 403: a key without the scope to look, and known as well.
    await until(async () => [200, 403].includes((await this.call('GET', '/api/v1/app', undefined, key)).status), {
      timeoutMs: 10_000,
      what: 'the new key to be known',
      everyMs: 10,
    });
  }
}
