import { setTimeout as wait } from 'node:timers/promises';
import type { KafkaConnection } from '@signpost/kafka';
import type { Disturbance } from './account.js';

const EVERY_MS = 50;

/**
 * Asks the broker again and again how a consumer group stands. While it is not stable nothing is committed for it, so
 * those times, and when the broker does not answer, are the ones that may cost repeats.
 */
export class GroupWatch {
  readonly unstable: Disturbance[] = [];
  private running = true;
  private readonly ended: Promise<void>;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly group: string,
  ) {
    this.ended = this.run();
  }

  async stop(): Promise<readonly Disturbance[]> {
    this.running = false;
    await this.ended;
    return this.unstable;
  }

  private async run(): Promise<void> {
    let stableAtMs = Date.now();
    let wasStable = true;
    while (this.running) {
      const stable = await this.isStable();
      const nowMs = Date.now();
      if (stable && !wasStable) this.unstable.push({ fromMs: stableAtMs, untilMs: nowMs });
      if (stable) stableAtMs = nowMs;
      wasStable = stable;
      await wait(EVERY_MS);
    }
    if (!wasStable) this.unstable.push({ fromMs: stableAtMs, untilMs: Date.now() });
  }

  private async isStable(): Promise<boolean> {
    try {
      const admin = await this.connection.admin();
      const { groups } = await admin.describeGroups([this.connection.physical(this.group)]);
      return groups.every(({ state }) => state === 'Stable');
    } catch {
      return false;
    }
  }
}
