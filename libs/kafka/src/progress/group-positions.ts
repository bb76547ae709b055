import { partitionKey } from '../consumer/committed-offsets.js';
import type { PartitionName } from '../wire/requests/fetch.js';

/** Where a group stands in a partition. */
export interface GroupPosition extends PartitionName {
  readonly group: string;
  /** The first record that it has not committed. */
  readonly from: number;
  /** The offset that the next record will have. */
  readonly end: number;
}

/** What one look leaves to the next. */
export interface Memory {
  readonly atMs: number;
  /** Where each log ended, by partitionKey. */
  readonly ends: ReadonlyMap<string, number>;
  /** All records that were the first not committed, by recordKey, with the time of those that were read. */
  readonly firsts: ReadonlyMap<string, number | undefined>;
}

/** When the first record that a group has not committed was written. */
export type Written =
  | { readonly kind: 'known'; readonly atMs: number }
  /** It came since the look before; when exactly is reckoned from how many did. */
  | { readonly kind: 'recent'; readonly atMs: number }
  /** `stands`: it was the first already at the look before. */
  | { readonly kind: 'unread'; readonly stands: boolean };

export interface Behind {
  readonly position: GroupPosition;
  readonly written: Written;
}

export const recordKey = ({ topic, partition, from }: GroupPosition): string =>
  `${partitionKey(topic, partition)}@${String(from)}`;

/** Of the groups that are behind in a partition: when their first record was written, as far as that is known without reading it. */
export function behindOf(
  positions: readonly GroupPosition[],
  before: Memory | undefined,
  nowMs: number,
): readonly Behind[] {
  return positions
    .filter(({ from, end }) => end > from)
    .map((position) => ({ position, written: written(position, before, nowMs) }));
}

function written(position: GroupPosition, before: Memory | undefined, nowMs: number): Written {
  const key = recordKey(position);
  const known = before?.firsts.get(key);
  if (known !== undefined) return { kind: 'known', atMs: known };
  const endBefore = before?.ends.get(partitionKey(position.topic, position.partition));
  if (before !== undefined && endBefore !== undefined && position.from >= endBefore) {
    const share = (position.from - endBefore) / (position.end - endBefore);
    return { kind: 'recent', atMs: before.atMs + share * (nowMs - before.atMs) };
  }
  return { kind: 'unread', stands: before?.firsts.has(key) === true };
}

/**
 * The records to read, no more than `most`: those of groups that stand still first, then others in turn. What a look leaves
 * out belongs to a group that moves.
 */
export function toRead(behind: readonly Behind[], most: number, turn: number): readonly GroupPosition[] {
  const wanted = new Map<string, { readonly position: GroupPosition; readonly stands: boolean }>();
  for (const { position, written: one } of behind) {
    if (one.kind === 'unread') wanted.set(recordKey(position), { position, stands: one.stands });
  }
  const standing = [...wanted.values()].filter(({ stands }) => stands);
  const moving = [...wanted.values()].filter(({ stands }) => !stands);
  const from = moving.length === 0 ? 0 : (turn * most) % moving.length;
  return [...standing, ...moving.slice(from), ...moving.slice(0, from)].slice(0, most).map(({ position }) => position);
}

/** Of one group and topic, over its partitions. `read`: when the records were written that were read, by recordKey. */
export function summed(
  positions: readonly GroupPosition[],
  behind: readonly Behind[],
  read: ReadonlyMap<string, number>,
): {
  readonly records: number;
  readonly oldestAtMs: number | undefined;
  readonly settledOldestAtMs: number | undefined;
} {
  const settled = behind.flatMap(({ position, written: one }) => {
    const atMs = one.kind === 'known' ? one.atMs : read.get(recordKey(position));
    return atMs === undefined ? [] : [atMs];
  });
  const recent = behind.flatMap(({ written: one }) => (one.kind === 'recent' ? [one.atMs] : []));
  return {
    records: positions.reduce((sum, { from, end }) => sum + Math.max(0, end - from), 0),
    oldestAtMs: least([...settled, ...recent]),
    settledOldestAtMs: least(settled),
  };
}

/** For the look after this one. */
export function remember(
  atMs: number,
  positions: readonly GroupPosition[],
  behind: readonly Behind[],
  read: ReadonlyMap<string, number>,
): Memory {
  const firsts = behind.map(({ position, written: one }) => {
    const key = recordKey(position);
    return [key, one.kind === 'known' ? one.atMs : read.get(key)] as const;
  });
  return {
    atMs,
    ends: new Map(positions.map(({ topic, partition, end }) => [partitionKey(topic, partition), end])),
    firsts: new Map(firsts),
  };
}

const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => Math.min(a, b));
