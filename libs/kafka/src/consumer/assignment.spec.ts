import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PartitionLease } from '@signpost/ports';
import { Assignment, type Joined } from './assignment.js';
import type { Commit } from './assigned-partition.js';
import { partitionKey, type StartingPoint } from './committed-offsets.js';

const TOPIC = 'signpost.deliveries';
const record = (offset: number) => ({ offset, timestampMs: 0, key: null, value: null, headers: {} });
const join = (memberId: string, ...partitions: number[]): Joined => ({
  memberId,
  memberAssignment: { [TOPIC]: partitions },
});

describe('Assignment', () => {
  let committed: Map<number, Commit>;
  let asked: (() => void)[];
  let told: string[];
  let prepare: () => Promise<void>;
  let assignment: Assignment;
  beforeEach(() => {
    committed = new Map();
    [asked, told] = [[], []];
    prepare = () => Promise.resolve();
    const names = (leases: readonly PartitionLease[]): string => leases.map(({ partition }) => partition).join(',');
    assignment = new Assignment({
      windowed: true,
      nameOf: (topic) => topic.replace('signpost.', ''),
      startingPoints: () =>
        new Promise((resolve) => {
          const points = Array.from({ length: 6 }, (_, partition): [string, StartingPoint] => {
            const commit = committed.get(partition);
            const point = commit === undefined ? { low: 0 } : { committed: commit, low: commit.offset };
            return [partitionKey(TOPIC, partition), point];
          });
          asked.push(() => resolve(new Map(points)));
        }),
      onFatal: (error) => {
        throw error;
      },
      observer: {
        assigned: async (leases) => {
          told.push(`+${names(leases)}`);
          await prepare();
        },
        revoked: (leases) => void told.push(`-${names(leases)}`),
      },
    });
  });
  const settle = async (joined: Joined): Promise<boolean> => {
    const settled = assignment.joined(joined);
    await new Promise((resolve) => setImmediate(resolve));
    asked.shift()?.();
    return settled;
  };
  const finish = (partition: number, upTo: number): void => {
    const owned = assignment.find(TOPIC, partition);
    const records = Array.from({ length: upTo }, (_, offset) => record(offset));
    const taken = owned?.take(0, { records, bytes: 0, nextOffset: upTo });
    if (owned === undefined || taken === undefined) throw new Error('expected records');
    for (const { offset } of taken.records) owned.done(taken.window, offset, 0);
    const commit = owned.nextCommit();
    if (commit === undefined) throw new Error('expected something to commit');
    owned.committed = commit;
    committed.set(partition, commit);
  };

  it('begins where the group stands, with what its last owner knew', async () => {
    committed.set(1, { offset: 10, metadata: '' });
    await settle(join('me', 0, 1));
    expect([0, 1].map((partition) => assignment.find(TOPIC, partition)?.lease.topic)).toEqual([
      'deliveries',
      'deliveries',
    ]);
    expect([0, 1].map((partition) => assignment.find(TOPIC, partition)?.readFrom)).toEqual([0, 10]);
    expect(told).toEqual(['+0,1']);
  });

  it('keeps a partition that nobody else can have owned', async () => {
    await settle(join('me', 0, 1));
    finish(0, 5);
    const before = assignment.find(TOPIC, 0);
    await settle(join('me', 0));
    expect(assignment.find(TOPIC, 0)).toBe(before);
    expect(before?.lease.lost).toBe(false);
    expect(assignment.find(TOPIC, 1)).toBeUndefined();
    expect(told).toEqual(['+0,1', '-1']);
  });

  it.each([
    ['the member is a new one', 'another', undefined],
    ['the group has committed something else', 'me', { offset: 9, metadata: '' }],
    ['the group has committed other completions', 'me', { offset: 5, metadata: 'v1:AwA=' }],
  ])('fences it when %s', async (_why, memberId, elsewhere) => {
    await settle(join('me', 0));
    finish(0, 5);
    const before = assignment.find(TOPIC, 0);
    if (elsewhere !== undefined) committed.set(0, elsewhere);
    await settle(join(memberId, 0));
    expect(before?.lease.lost).toBe(true);
    expect(assignment.find(TOPIC, 0)).not.toBe(before);
    expect(told).toEqual(['+0', '-0', '+0']);
  });

  it('is not settled before its observer is, nor while an older observer is still busy', async () => {
    let ready: () => void = () => undefined;
    prepare = () => new Promise((resolve) => (ready = resolve));
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const first = settle(join('me', 0));
    await turns(5);
    expect(told).toEqual(['+0']);
    const second = assignment.joined(join('me', 0));
    await turns(5);
    expect(asked).toEqual([]);
    ready();
    await expect(first).resolves.toBe(false);
    await turns(5);
    asked.shift()?.();
    await expect(second).resolves.toBe(true);
  });

  it('takes everything away at once when the member is gone', async () => {
    await settle(join('me', 0, 1));
    const leases = [...assignment.owned()].map(({ lease }) => lease);
    assignment.loseAll();
    expect(leases.map(({ lost }) => lost)).toEqual([true, true]);
    expect([...assignment.owned()]).toEqual([]);
    expect(told).toEqual(['+0,1', '-0,1']);
  });

  it('reads again from where the log begins when it ends before what was committed', async () => {
    committed.set(0, { offset: 30, metadata: '' });
    await settle(join('me', 0));
    const before = assignment.find(TOPIC, 0);
    if (before !== undefined) await assignment.restart(before, 0);
    expect(assignment.find(TOPIC, 0)?.readFrom).toBe(0);
    expect(told).toEqual(['+0', '-0', '+0']);
  });

  it('commits behind what was deleted before it was read', async () => {
    committed.set(0, { offset: 10, metadata: '' });
    await settle(join('me', 0));
    const owned = assignment.find(TOPIC, 0);
    owned?.skipTo(40);
    expect([owned?.readFrom, owned?.nextCommit()?.offset]).toEqual([40, 40]);
  });
});
