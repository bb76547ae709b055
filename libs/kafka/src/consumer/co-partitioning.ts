export interface Member {
  readonly memberId: string;
  /** Partition numbers that it had until now. */
  readonly owned: readonly number[];
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Partition numbers by topic. */
export type MemberAssignment = Readonly<Record<string, readonly number[]>>;

/**
 * Gives partition n of every topic to the same member, so that what shares a key meets in one process. Numbers are
 * spread evenly, within one, and stay where they were as far as that allows.
 */
export function assignTogether(
  members: readonly Member[],
  topics: readonly TopicPartitions[],
): ReadonlyMap<string, MemberAssignment> {
  const numbers = [...new Set(topics.flatMap(({ partitions }) => partitions))].sort((a, b) => a - b);
  const ordered = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const shares = spread(numbers, ordered);
  return new Map(
    ordered.map(({ memberId }) => {
      const share = shares.get(memberId) ?? new Set();
      const assignment = topics.map(
        ({ topic, partitions }) => [topic, partitions.filter((partition) => share.has(partition))] as const,
      );
      return [memberId, Object.fromEntries(assignment.filter(([, partitions]) => partitions.length > 0))];
    }),
  );
}

function spread(numbers: readonly number[], members: readonly Member[]): ReadonlyMap<string, ReadonlySet<number>> {
  const shares = new Map<string, Set<number>>(members.map(({ memberId }) => [memberId, new Set()]));
  const least = Math.floor(numbers.length / Math.max(1, members.length));
  let withOneMore = numbers.length - least * members.length;
  const free = new Set(numbers);
  // Who has most keeps one more than the others, where the numbers do not divide evenly.
  for (const { memberId, owned } of [...members].sort((a, b) => b.owned.length - a.owned.length)) {
    const share = shares.get(memberId);
    for (const number of owned) {
      const room = share !== undefined && (share.size < least || (share.size === least && withOneMore > 0));
      if (!room || !free.has(number)) continue;
      if (share.size === least) withOneMore--;
      share.add(number);
      free.delete(number);
    }
  }
  const rest = [...free];
  for (const share of shares.values()) while (share.size < least) share.add(rest.shift() ?? 0);
  for (const share of shares.values()) {
    const next = share.size === least ? rest.shift() : undefined;
    if (next !== undefined) share.add(next);
  }
  return shares;
}
