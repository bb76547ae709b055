import { setTimeout as wait } from 'node:timers/promises';
import { DISPATCHER_GROUP, MATCHER_GROUP, RECORDER_GROUP, RETRY_SCHEDULER_GROUP, TOPICS } from '@signpost/contracts';
import { SLACK_MS, TIER_NAMES, TIERS } from '@signpost/domain';
import { PipelineProgress, type Settled } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { endsOf, keyOf, offsetsOf, type PartitionOffset } from './partition-offsets.js';

const POLL_MS = 100;
const LONGEST_POLL_MS = 2_000;
const ACCEPTED = [TOPICS.messages, TOPICS.messagesBulk] as const;

interface Until {
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * A group commits only what is done for good (promise 2). So what one topic held has reached the next once its group has
 * committed as far, and what that topic holds then holds what followed from it: one look goes with the records from end to end, and no
 * clock is compared with another.
 */
export class KafkaPipelineProgress extends PipelineProgress {
  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  async settled(withinMs: number, signal?: AbortSignal): Promise<Settled> {
    const until: Until = { deadline: performance.now() + withinMs, signal };
    const accepted = await endsOf(this.connection, ACCEPTED);
    const due = await this.dueBefore(Date.now() - SLACK_MS);
    const late = { kind: 'behind' } as const;
    if (!(await this.passed(MATCHER_GROUP, accepted, until))) return { ...late, group: MATCHER_GROUP };
    if (!(await this.passed(RETRY_SCHEDULER_GROUP, due, until))) return { ...late, group: RETRY_SCHEDULER_GROUP };
    const deliveries = await endsOf(this.connection, [TOPICS.deliveries, TOPICS.returning]);
    if (!(await this.passed(DISPATCHER_GROUP, deliveries, until))) return { ...late, group: DISPATCHER_GROUP };
    const facts = await endsOf(this.connection, [TOPICS.journal]);
    if (!(await this.passed(RECORDER_GROUP, [...accepted, ...facts], until))) return { ...late, group: RECORDER_GROUP };
    return { kind: 'settled' };
  }

  /** Where in each tier begins what was not due at that time. */
  private async dueBefore(atMs: number): Promise<readonly PartitionOffset[]> {
    const topics = TIER_NAMES.map((tier) => TOPICS.retry(tier));
    const ends = new Map((await endsOf(this.connection, topics)).map((end) => [keyOf(end), end.offset]));
    const due: PartitionOffset[] = [];
    for (const tier of TIER_NAMES) {
      const found = await offsetsOf(this.connection, [TOPICS.retry(tier)], Math.max(0, atMs - TIERS[tier]));
      // Without a later record all that the tier held was due.
      for (const each of found) due.push(each.offset < 0 ? { ...each, offset: ends.get(keyOf(each)) ?? 0 } : each);
    }
    return due;
  }

  /** Whether the group has committed so far, now or before the time is over. */
  private async passed(group: string, marks: readonly PartitionOffset[], until: Until): Promise<boolean> {
    for (let pauseMs = POLL_MS; ;) {
      if (await this.hasPassed(group, marks)) return true;
      if (until.signal?.aborted === true || performance.now() + pauseMs > until.deadline) return false;
      await wait(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(LONGEST_POLL_MS, pauseMs * 2);
    }
  }

  private async hasPassed(group: string, marks: readonly PartitionOffset[]): Promise<boolean> {
    const asked = marks.filter(({ offset }) => offset > 0);
    if (asked.length === 0) return true;
    const admin = await this.connection.admin();
    const said = await admin.fetchOffsets({
      groupId: this.connection.physical(group),
      topics: [...new Set(asked.map(({ topic }) => topic))],
    });
    const committed = new Map(
      said.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [keyOf({ topic, partition }), Number(offset)] as const),
      ),
    );
    return asked.every((mark) => (committed.get(keyOf(mark)) ?? -1) >= mark.offset);
  }
}
