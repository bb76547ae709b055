import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AssignerProtocol } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { Pipeline } from './support/pipeline.js';

jest.setTimeout(600_000);

/** Of two busy dispatchers one is told to stop: what it has begun it ends, the rest the other has. */
describe('a dispatcher that is stopped', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline.end());

  it('ends what is under way, hands back the rest, and nothing is done twice', async () => {
    pipeline = await Pipeline.open({ dispatchers: 2, env: { SHUTDOWN_GRACE_MS: '15000' } });
    await bothOwn(pipeline);
    pipeline.load();
    await pipeline.more(200);
    expect(await pipeline.dispatchers[0]?.stop(40_000)).toBe('ended');
    await pipeline.more(200);
    const { duplicates } = await pipeline.settle('one of two dispatchers stopped');
    expect(duplicates).toBe(0);
  });

  it('repeats no more than was in flight when its grace ran out', async () => {
    const graceMs = 300;
    pipeline = await Pipeline.open({ dispatchers: 2, env: { SHUTDOWN_GRACE_MS: String(graceMs) } });
    await bothOwn(pipeline);
    pipeline.load();
    await until(
      () => pipeline.receiver.seen.some(({ path, endedAtMs }) => path.startsWith('/hang') && endedAtMs === undefined),
      {
        timeoutMs: 30_000,
        what: 'a request that hangs',
        everyMs: 10,
      },
    );
    await pipeline.more(100);
    // The other has its partitions, and may have ended what is in them, before the process is gone.
    pipeline.watchRebalances();
    expect(await pipeline.dispatchers[0]?.stop(40_000)).toBe('ended');
    await pipeline.more(200);
    const { duplicates, bound } = await pipeline.settle('one of two dispatchers stopped with little grace');
    expect(duplicates).toBeLessThanOrEqual(bound);
  });
});

/** Each partition number of both topics with one member, and each member with some. */
async function bothOwn({ connection }: Pipeline): Promise<void> {
  const admin = await connection.admin();
  await until(
    async () => {
      const { groups } = await admin.describeGroups([connection.physical('dispatcher')]);
      const [group] = groups;
      if (group?.state !== 'Stable' || group.members.length !== 2) return false;
      const shares = group.members.map(
        ({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
      );
      const own = (name: string) => shares.map((share) => [...(share[connection.physical(name)] ?? [])].sort());
      expect(own(TOPICS.returning)).toEqual(own(TOPICS.deliveries));
      expect(own(TOPICS.deliveries).flat().sort()).toEqual([0, 1, 2, 3]);
      return own(TOPICS.deliveries).every((share) => share.length > 0);
    },
    { timeoutMs: 60_000, what: 'two dispatchers with partitions of their own' },
  );
}
