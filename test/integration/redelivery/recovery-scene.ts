import { expect } from '@jest/globals';
import type { MessageRecord, RecoveryOut, RecoveryPreviewOut, RecoveryRecordOut } from '@signpost/contracts';
import type { EndpointId } from '@signpost/domain';
import { ScriptedReceiver } from '@signpost/testing';
import type { Answer } from '../api/support.js';
import { RedeliveryScene, type HandedOver } from './support.js';

export const WHY = 'the receiver is mended';
export const iso = (atMs: number): string => new Date(atMs).toISOString();

/** A scene whose recoveries are asked for, followed and given their fates. */
export class RecoveryScene {
  private constructor(
    readonly on: RedeliveryScene,
    readonly receiver: ScriptedReceiver,
  ) {}

  static async open(more: NodeJS.ProcessEnv = {}): Promise<RecoveryScene> {
    const settings = {
      RECOVER_PER_SECOND: '20000',
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      ...more,
    };
    return new RecoveryScene(await RedeliveryScene.open(settings), await ScriptedReceiver.start());
  }

  post(body: object, key?: string): Promise<Answer> {
    return this.on.api.call('POST', '/api/v1/recovery', body, key);
  }

  async begin(body: object): Promise<RecoveryOut> {
    const answer = await this.post({ why: WHY, ...body });
    expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
    return answer.body as unknown as RecoveryOut;
  }

  async dryRun(body: object): Promise<RecoveryPreviewOut> {
    const answer = await this.post({ ...body, dryRun: true });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return answer.body as unknown as RecoveryPreviewOut;
  }

  async get(id: string): Promise<RecoveryOut> {
    return (await this.on.api.call('GET', `/api/v1/recovery/${id}`)).body as unknown as RecoveryOut;
  }

  command(id: string, what: string, key?: string): Promise<Answer> {
    return this.on.api.call('POST', `/api/v1/recovery/${id}/${what}`, undefined, key);
  }

  async records(id: string, query = ''): Promise<readonly RecoveryRecordOut[]> {
    const { body } = await this.on.api.call('GET', `/api/v1/recovery/${id}/record?${query}`);
    return body.data as unknown as RecoveryRecordOut[];
  }

  async ended(id: string): Promise<RecoveryOut> {
    await this.on.until('the recovery to end', async () => {
      return !['running', 'paused'].includes((await this.get(id)).status);
    });
    return this.get(id);
  }

  /** What becomes of each that was handed over. */
  async settle(
    handed: readonly HandedOver[],
    messages: readonly MessageRecord[],
    become: 'delivered' | 'dead-lettered' = 'delivered',
  ): Promise<void> {
    for (const { delivery } of handed) {
      const message = messages.find(({ id }) => id === delivery.messageId);
      if (message === undefined) throw new Error('nobody knows that message');
      const { attempt, redelivery, endpointId } = delivery;
      const of = { attempt, redelivery: redelivery?.number ?? 0, trigger: 'manual', fate: become } as const;
      const outcome =
        become === 'delivered' ? { outcome: become } : { deadLetterReason: 'attempts-exhausted' as const };
      await this.on.api.tell(this.on.attempt(message, endpointId, { ...of, ...outcome }));
    }
  }

  async delivered(endpoint: EndpointId, count: number): Promise<readonly MessageRecord[]> {
    const { on } = this;
    const messages = Array.from({ length: count }, (_, at) => on.message({ acceptedAtMs: Date.now() - 5_000 + at }));
    for (const message of messages) {
      await on.api.publish(message);
      await on.api.tell(on.attempt(message, endpoint, { outcome: 'delivered', fate: 'delivered' }));
    }
    for (const message of messages) {
      await on.until('the delivery', async () => (await on.state(message, endpoint)) === 'delivered');
      await on.until('the message', async () => {
        return (await on.query(`SELECT FROM messages WHERE id = '${message.id}'`)).length === 1;
      });
    }
    return messages;
  }

  async close(): Promise<void> {
    await this.on.close();
    await this.receiver.stop();
  }
}
