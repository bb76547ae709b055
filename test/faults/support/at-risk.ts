import type { Committed, DeliveryTopic } from './committed.js';
import type { Entry } from './entry.js';
import type { Seen } from './mixed-receiver.js';

// What a process did at its end may be read, or be known of, this much later.
export const ARRIVAL_MS = 400;

/** A moment at which a process lost what it had not committed; milliseconds since 1970. */
export interface Disturbance {
  readonly fromMs: number;
  /** What began later is not lost any more. */
  readonly untilMs: number;
  /** What was committed; without it, since no broker could say, all counts that commits may be behind with. */
  readonly committed?: Committed;
  /** The partition numbers that it concerns; without it all. */
  readonly partitions?: ReadonlySet<number>;
  /** A process that did nothing but its work until then: it had no reason to be behind with its commits. */
  readonly killed?: true;
}

/** One record that asks a dispatcher to see to a delivery. */
export interface Ask {
  readonly topic: DeliveryTopic;
  readonly partition: number;
  readonly offset: number;
  readonly atMs: number;
  readonly entry: Entry;
}

// A commit is due every 100 ms. It, and the facts that come before it, take a broker's answer each, on a machine that
// has other things to do.
const COMMIT_MS = 100;
const SLACK_MS = 400;
// The first commit that is seen after a fact may have been prepared before it; so may a second, since what is known is when
// somebody looked.
const LATER_COMMITS = 3;
// Finished so long before, and not committed: commits are not made any more.
const STILL_MS = 10_000;

/** What the processes had begun or finished and not committed when they were disturbed: each piece of work once. */
export function atRisk(
  disturbances: readonly Disturbance[],
  asks: readonly Ask[],
  seen: readonly Seen[],
  withoutRequestMs: readonly number[],
): number {
  const works = new Map<Entry, Set<string>>();
  let unknown = 0;
  for (const disturbance of disturbances) {
    if (disturbance.committed === undefined) {
      unknown += since(disturbance, seen, withoutRequestMs);
      continue;
    }
    for (const ask of undone(disturbance.committed, asks)) {
      if (disturbance.partitions?.has(ask.partition) === false) continue;
      const known = works.get(ask.entry) ?? new Set();
      works.set(ask.entry, known);
      for (const work of workFor(ask, disturbance.untilMs)) known.add(work);
    }
  }
  return [...works.values()].reduce((sum, { size }) => sum + size, unknown);
}

/**
 * What should have been committed when its process was killed, and was not: others were, later and more than once, or
 * nothing was for long. `commitsMs`: when commits were seen.
 */
export function overdue(
  disturbances: readonly Disturbance[],
  asks: readonly Ask[],
  commitsMs: readonly number[],
): number {
  let count = 0;
  for (const { committed, fromMs, killed } of disturbances) {
    if (committed === undefined || killed === undefined) continue;
    // What a process told that was killed before is this one's to do again, however late it was read back.
    const sinceMs = Math.max(0, ...disturbances.map((each) => each.untilMs).filter((ms) => ms < fromMs));
    const seen = commitsMs.filter((ms) => ms > sinceMs && ms < fromMs);
    const dueMs = Math.max(seen.at(-LATER_COMMITS) ?? 0, fromMs - STILL_MS);
    for (const { entry, atMs } of undone(committed, asks)) {
      const ownSinceMs = Math.max(atMs, sinceMs);
      if (entry.told.some(({ madeAtMs, readAtMs }) => madeAtMs >= ownSinceMs && readAtMs < dueMs)) count += 1;
    }
  }
  return count;
}

function undone(committed: Committed, asks: readonly Ask[]): readonly Ask[] {
  return asks.filter(({ topic, partition, offset }) => !committed.has(topic, partition, offset));
}

/** Nothing is done for a record before it is written. */
function workFor({ entry, atMs }: Ask, untilMs: number): readonly string[] {
  const counts = (ms: number): boolean => ms >= atMs && ms <= untilMs;
  return [
    ...entry.requests.flatMap((ms, at) => (counts(ms) ? [`request ${String(at)}`] : [])),
    ...entry.withoutRequest.flatMap((ms, at) => (counts(ms) ? [`none ${String(at)}`] : [])),
  ];
}

/** What ended since the last commit at the latest, or had not ended. */
function since({ fromMs, untilMs }: Disturbance, seen: readonly Seen[], withoutRequestMs: readonly number[]): number {
  const sinceMs = fromMs - COMMIT_MS - SLACK_MS;
  const requests = seen.filter(
    ({ atMs, endedAtMs }) => atMs <= untilMs + SLACK_MS && (endedAtMs === undefined || endedAtMs >= sinceMs),
  );
  const others = withoutRequestMs.filter((atMs) => atMs >= sinceMs && atMs <= untilMs + SLACK_MS);
  return requests.length + others.length;
}
