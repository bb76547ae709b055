import { Scene } from '../pipeline/scene.js';
import { dispatcherRole } from '@signpost/dispatcher';
import { newSymmetricSecret, SecretBox, type Application, type Endpoint } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { ControlDirectory, type RunningProcess } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';
import { Collector, ScriptedReceiver, type CollectedSpan } from '@signpost/testing';

/** The whole way of an event in one process, a receiver at its end, and a collector beside it. */
export class TracedScene {
  private constructor(
    readonly scene: Scene,
    readonly receiver: ScriptedReceiver,
    readonly collector: Collector,
    readonly process: RunningProcess,
  ) {}

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<TracedScene> {
    const receiver = await ScriptedReceiver.start();
    const collector = await Collector.start();
    const scene = await Scene.open({
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      OTEL_TRACES_SAMPLER_ARG: '0',
      ...collector.settings,
      ...settings,
    });
    const process = await scene.start(ingestRole, matcherRole, dispatcherRole, retrySchedulerRole);
    return new TracedScene(scene, receiver, collector, process);
  }

  /** Resolves once the process knows of it: what is published before that is not for it. */
  async endpoint(of: Application, path: string, changes: Partial<Endpoint> = {}): Promise<Endpoint> {
    const box = new SecretBox(this.scene.env['SIGNPOST_MASTER_KEY'] ?? '');
    const secrets = [box.seal(Buffer.from(newSymmetricSecret()))];
    const url = this.receiver.url(path);
    const endpoint = await this.scene.endpoint(of.id, { url, secrets, retrySchedule: [1_000], ...changes });
    const { view } = this.process.app.get(ControlDirectory);
    await this.scene.until('the endpoint to be known', () => view.endpoint(endpoint.id));
    return endpoint;
  }

  /** Returns the message's id; undefined for an event that was refused. */
  async publish(
    { id }: Application,
    headers: Readonly<Record<string, string>> = {},
    body = '{"eventType":"a","payload":{}}',
  ): Promise<string | undefined> {
    const answer = await fetch(`http://127.0.0.1:${String(this.process.port)}/api/v1/app/${id}/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.scene.apiKey}`, 'content-type': 'application/json', ...headers },
      body,
    });
    return ((await answer.json()) as { id?: string }).id;
  }

  /** All that is told of one message, once it has a span of that name. */
  async until(messageId: string | undefined, name: string, count = 1): Promise<readonly CollectedSpan[]> {
    const told = (): readonly CollectedSpan[] =>
      this.collector.spans.filter(({ attributes }) => attributes['signpost.message.id'] === messageId);
    await this.scene.until(
      `${String(count)} × ${name} of ${String(messageId)}`,
      () => told().filter((span) => span.name === name).length >= count,
    );
    return told();
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.receiver.stop();
    await this.collector.stop();
  }
}

/** A trace of somebody else's. */
export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const CALLER = 'b7ad6b7169203331';
