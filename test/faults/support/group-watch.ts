import { setTimeout as wait } from 'node:timers/promises';
import type { KafkaConnection } from '@signpost/kafka';
import type { Disturbance } from './at-risk.js';
import { Committed } from './committed.js';

const EVERY_MS = 50;

/**
 * Asks the broker again and again how the dispatchers' group stands and what it has committed. From one assignment to
 * the next a member may lose what is not committed: what had begun until then, and was not committed when the broker
 * was asked last before, may be repeated.
 */
export class GroupWatch {
  readonly unstable: Disturbance[] = [];
  private running = true;
  private readonly ended: Promise<void>;

  constructor(private readonly connection: KafkaConnection) {
    this.ended = this.run();
  }

  async stop(): Promise<readonly Disturbance[]> {
    this.running = false;
    await this.ended;
    return this.unstable;
  }

  private async run(): Promise<void> {
    let fromMs = Date.now();
    let committed = await Committed.read(this.connection);
    let settled = await this.generation();
    while (this.running) {
      const now = await this.look();
      const untilMs = Date.now();
      // A rebalance may begin and end between two looks.
      if (now?.generation !== undefined && now.generation !== settled) {
        this.unstable.push({ fromMs, untilMs, committed });
        settled = now.generation;
      }
      if (now?.generation === undefined) settled = undefined;
      else fromMs = untilMs;
      committed = now?.committed ?? committed;
      await wait(EVERY_MS);
    }
    if (settled === undefined) this.unstable.push({ fromMs, untilMs: Date.now(), committed });
  }

  /** Undefined while the broker does not answer: what is known of before then holds at the least. */
  private async look(): Promise<
    { readonly generation: string | undefined; readonly committed: Committed } | undefined
  > {
    try {
      // In this order: what is committed is older than the assignment that it is kept beside.
      const committed = await Committed.read(this.connection);
      return { committed, generation: await this.generation() };
    } catch {
      return undefined;
    }
  }

  /** Who has what, as text; undefined while the group is not stable. */
  private async generation(): Promise<string | undefined> {
    const admin = await this.connection.admin();
    const { groups } = await admin.describeGroups([this.connection.physical('dispatcher')]);
    const [group] = groups;
    if (group?.state !== 'Stable') return undefined;
    return JSON.stringify(
      group.members.map(({ memberId, memberAssignment }) => [memberId, memberAssignment.toString('base64')]),
    );
  }
}
