import { setTimeout as wait } from 'node:timers/promises';
import { AssignerProtocol } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import type { KafkaConnection } from '@signpost/kafka';
import type { Disturbance } from './at-risk.js';
import { Committed } from './committed.js';

const EVERY_MS = 50;

/** The member that has each partition number: that of `deliveries` and of `deliveries.returning` alike. */
type Owners = ReadonlyMap<number, string>;

/**
 * Asks the broker again and again how the dispatchers' group stands and what it has committed. From one assignment to
 * the next a partition may change hands: what had begun there until then, and was not committed when the broker was
 * asked last before, may be repeated. What stays with its member is not.
 */
export class GroupWatch {
  readonly unstable: Disturbance[] = [];
  /** When the broker was first seen to have more committed; milliseconds since 1970. */
  readonly commitsMs: number[] = [];
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
    let before = await this.owners();
    let settled = true;
    while (this.running) {
      const now = await this.look();
      const untilMs = Date.now();
      settled = now?.owners !== undefined;
      if (now?.owners !== undefined) {
        const partitions = moved(before, now.owners);
        if (partitions.size > 0) this.unstable.push({ fromMs, untilMs, committed, partitions });
        before = now.owners;
        fromMs = untilMs;
      }
      if (now !== undefined && now.committed.state !== committed.state) this.commitsMs.push(untilMs);
      committed = now?.committed ?? committed;
      await wait(EVERY_MS);
    }
    if (!settled) this.unstable.push({ fromMs, untilMs: Date.now(), committed });
  }

  /** Undefined while the broker does not answer: what is known of before then holds at the least. */
  private async look(): Promise<{ readonly owners: Owners | undefined; readonly committed: Committed } | undefined> {
    try {
      // In this order: what is committed is older than the assignment that it is kept beside.
      const committed = await Committed.read(this.connection);
      return { committed, owners: await this.owners() };
    } catch {
      return undefined;
    }
  }

  /** Undefined while the group is not stable. */
  private async owners(): Promise<Owners | undefined> {
    const admin = await this.connection.admin();
    const { groups } = await admin.describeGroups([this.connection.physical('dispatcher')]);
    const [group] = groups;
    if (group?.state !== 'Stable') return undefined;
    const topic = this.connection.physical(TOPICS.returning);
    return new Map(
      group.members.flatMap(({ memberId, memberAssignment }) => {
        const { assignment } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
        return (assignment?.[topic] ?? []).map((partition) => [partition, memberId] as const);
      }),
    );
  }
}

/** Of no earlier assignment nothing is known: then any may have. */
function moved(before: Owners | undefined, now: Owners): ReadonlySet<number> {
  return new Set([...now].filter(([partition, owner]) => before?.get(partition) !== owner).map(([each]) => each));
}
