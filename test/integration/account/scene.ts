import type { AccountOut, AuditOut } from '@signpost/contracts';
import { apiRole } from '@signpost/api';
import { dispatcherRole } from '@signpost/dispatcher';
import {
  deliveryIdOf,
  newId,
  type ApplicationId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import { KafkaConnection } from '@signpost/kafka';
import { Metrics } from '@signpost/observability';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { boot, type Role, type RunningProcess } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';
import { query, ScriptedReceiver, until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';

const WITHIN = { timeoutMs: 60_000, everyMs: 50 } as const;

const ROLES = {
  matcher: matcherRole,
  dispatcher: dispatcherRole,
  'retry-scheduler': retrySchedulerRole,
  recorder: recorderRole,
} as const satisfies Record<string, Role>;
export type Stage = keyof typeof ROLES;

/** Every stage of the pipeline as a process of its own that can be stopped, and a receiver behind it. */
export class AccountScene {
  private readonly running = new Map<Stage, RunningProcess>();

  private constructor(
    readonly api: ApiScene,
    readonly receiver: ScriptedReceiver,
    readonly app: ApplicationId,
    readonly endpoint: EndpointId,
  ) {}

  static async open(): Promise<AccountScene> {
    const receiver = await ScriptedReceiver.start();
    const settings = {
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      RECORDER_ACCOUNT_EVERY_MS: '100',
    };
    const api = await ApiScene.open(undefined, settings, [apiRole]);
    const { id: app } = (await api.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body;
    const { id: endpoint } = (
      await api.call('POST', '/api/v1/app/one/endpoint', { url: receiver.url('/hooks'), filterTypes: ['wanted'] })
    ).body;
    const scene = new AccountScene(api, receiver, app as ApplicationId, endpoint as EndpointId);
    for (const stage of Object.keys(ROLES) as Stage[]) await scene.start(stage);
    return scene;
  }

  async start(stage: Stage): Promise<void> {
    this.running.set(stage, await boot([ROLES[stage]], { ...this.api.env }));
  }

  async stop(stage: Stage): Promise<void> {
    await this.running.get(stage)?.stop();
    this.running.delete(stage);
  }

  /** Accepts so many messages; `eventType`: 'wanted' is what the endpoint asks for. */
  async accept(count: number, eventType = 'wanted'): Promise<readonly MessageId[]> {
    const ids: MessageId[] = [];
    for (let number = 0; number < count; number += 1) {
      const acceptedAtMs = Date.now();
      const id = newId('msg', acceptedAtMs);
      await this.api.publish({ id, applicationId: this.app, eventType, acceptedAtMs, payload: Buffer.from('{"a":1}') });
      ids.push(id);
    }
    return ids;
  }

  deliveryTo(message: MessageId): DeliveryId {
    return deliveryIdOf(message, this.endpoint);
  }

  /** The group of a stage that is stopped is moved past all that these topics hold. */
  async skip(stage: Stage, topics: readonly string[]): Promise<void> {
    const connection = this.api.process.app.get(KafkaConnection);
    const admin = await connection.admin();
    const groupId = connection.physical(stage);
    await until(async () => (await admin.describeGroups([groupId])).groups[0]?.members.length === 0, {
      ...WITHIN,
      what: `${stage} to have left its group`,
    });
    for (const name of topics) {
      const topic = connection.physical(name);
      const ends = await admin.fetchTopicOffsets(topic);
      await admin.setOffsets({
        groupId,
        topic,
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
    }
  }

  async rows<R>(sql: string): Promise<readonly R[]> {
    return (await query(this.api.databaseUrl, sql)) as readonly R[];
  }

  async until(what: string, condition: () => unknown): Promise<void> {
    await until(async () => Boolean(await condition()), { ...WITHIN, what });
  }

  async account(since: Date, key = this.api.key): Promise<AccountOut> {
    return this.get<AccountOut>(`/api/v1/account?since=${since.toISOString()}`, key);
  }

  /** Once all of the window can be looked at. */
  async audit(since: Date, key = this.api.key): Promise<AuditOut> {
    let answer = await this.get<AuditOut>(`/api/v1/account/audit?since=${since.toISOString()}`, key);
    await this.until('the audit to reach its end', async () => {
      if (!answer.done) answer = await this.get<AuditOut>(`/api/v1/account/audit?since=${since.toISOString()}`, key);
      return answer.done;
    });
    return answer;
  }

  /** What the metric says of this kind now. */
  async metric(kind: string): Promise<number> {
    const recorder = this.running.get('recorder');
    const text = (await recorder?.app.get(Metrics).registry.metrics()) ?? '';
    return Number(new RegExp(`signpost_account_difference\\{kind="${kind}"\\} (\\d+)`).exec(text)?.[1]);
  }

  async close(): Promise<void> {
    for (const stage of [...this.running.keys()]) await this.stop(stage);
    await this.api.close();
    await this.receiver.stop();
  }

  private async get<T>(path: string, key: string): Promise<T> {
    const answer = await this.api.call('GET', path, undefined, key);
    if (answer.status !== 200) throw new Error(`${path} answered ${String(answer.status)}: ${answer.text}`);
    return answer.body as unknown as T;
  }
}
