import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignTogether, type Member } from './co-partitioning.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const topicsOf = (counts: readonly number[]): { topic: string; partitions: number[] }[] =>
  counts.map((count, index) => ({ topic: `topic-${String(index)}`, partitions: range(count) }));
const memberIds = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 9 });
const members = memberIds.chain((ids) =>
  fc.tuple(...ids.map((memberId) => fc.record({ memberId: fc.constant(memberId), owned: fc.array(fc.nat(60)) }))),
);
const counts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });

/** The one owner of each number; fails when two topics disagree. */
function owners(assignment: ReturnType<typeof assignTogether>): Map<number, string> {
  const owner = new Map<number, string>();
  for (const [memberId, topics] of assignment) {
    for (const number of Object.values(topics).flat()) {
      expect(owner.get(number) ?? memberId).toBe(memberId);
      owner.set(number, memberId);
    }
  }
  return owner;
}

describe('assignTogether', () => {
  it('gives every partition to exactly one member, the same number of every topic to the same, evenly', () => {
    fc.assert(
      fc.property(members, counts, (group, sizes) => {
        const topics = topicsOf(sizes);
        const assignment = assignTogether(group, topics);
        for (const { topic, partitions } of topics) {
          const given = [...assignment.values()].flatMap((topicsOfMember) => topicsOfMember[topic] ?? []);
          expect([...given].sort((a, b) => a - b)).toEqual(partitions);
        }
        const owner = owners(assignment);
        const shares = group.map(({ memberId }) => [...owner.values()].filter((id) => id === memberId).length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves only what it has to when a member comes or goes', () => {
    fc.assert(
      fc.property(memberIds, fc.integer({ min: 1, max: 60 }), (ids, size) => {
        const topics = topicsOf([size, size]);
        const before = owners(
          assignTogether(
            ids.map((memberId) => ({ memberId, owned: [] })),
            topics,
          ),
        );
        const kept = (memberId: string): Member => ({
          memberId,
          owned: [...before].filter(([, id]) => id === memberId).map(([number]) => number),
        });
        const joined = owners(assignTogether([...ids.map(kept), { memberId: 'newcomer', owned: [] }], topics));
        const moved = [...joined].filter(([number, id]) => id !== before.get(number));
        expect(moved.every(([, id]) => id === 'newcomer')).toBe(true);
        if (ids.length === 1) return;
        const left = owners(assignTogether(ids.slice(1).map(kept), topics));
        const changed = [...left].filter(([number, id]) => id !== before.get(number));
        expect(changed.every(([number]) => before.get(number) === ids[0])).toBe(true);
      }),
    );
  });
});
