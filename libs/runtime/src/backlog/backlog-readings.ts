import { DISPATCHER_GROUP, MATCHER_GROUP, RETRY_SCHEDULER_GROUP, TOPICS } from '@signpost/contracts';
import { TIER_NAMES, TIERS, type Tier } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { BacklogLook, GroupBacklog } from '@signpost/ports';

const TIER_OF = new Map<string, Tier>(TIER_NAMES.map((tier) => [TOPICS.retry(tier), tier]));
/** Where a message or a delivery waits to be dealt with, and by whom. */
const UNDELIVERED = [
  { group: MATCHER_GROUP, topic: TOPICS.messages },
  { group: MATCHER_GROUP, topic: TOPICS.messagesBulk },
  { group: DISPATCHER_GROUP, topic: TOPICS.deliveries },
  { group: DISPATCHER_GROUP, topic: TOPICS.returning },
] as const;

/** How far behind a group is with a topic. */
export function showGroups(metrics: Metrics, { atMs, backlogs, retentionMs }: BacklogLook): void {
  const { groupLag, groupLagAge, topicRetention } = metrics.of;
  for (const { group, topic, records, oldestAtMs } of backlogs) {
    groupLag.set(records, { group, topic });
    groupLagAge.set(ageSeconds(oldestAtMs, atMs), { group, topic });
  }
  for (const { topic, ms } of retentionMs) topicRetention.set(ms / 1_000, { topic });
}

/** The same, and what it means for the pipeline as a whole. */
export function showPipeline(metrics: Metrics, look: BacklogLook): void {
  showGroups(metrics, look);
  const { tierDepth, tierOverdue, oldestUndelivered, backlogSeen } = metrics.of;
  for (const { tier, backlog } of tiersIn(look)) {
    tierDepth.set(backlog.records, { tier });
    tierOverdue.set(overdueSeconds(tier, backlog, look.atMs), { tier });
  }
  oldestUndelivered.set(oldestUndeliveredSeconds(look));
  backlogSeen.set(look.atMs / 1_000);
}

function tiersIn({ backlogs }: BacklogLook): readonly { readonly tier: Tier; readonly backlog: GroupBacklog }[] {
  return backlogs.flatMap((backlog) => {
    const tier = backlog.group === RETRY_SCHEDULER_GROUP ? TIER_OF.get(backlog.topic) : undefined;
    return tier === undefined ? [] : [{ tier, backlog }];
  });
}

/** What came since the look before is at most that late; when exactly it came is only reckoned, and so it counts as in time. */
export function overdueSeconds(
  tier: Tier,
  { settledOldestAtMs }: Pick<GroupBacklog, 'settledOldestAtMs'>,
  atMs: number,
): number {
  return settledOldestAtMs === undefined ? 0 : ageSeconds(settledOldestAtMs + TIERS[tier], atMs);
}

export function oldestUndeliveredSeconds({ atMs, backlogs }: Pick<BacklogLook, 'atMs' | 'backlogs'>): number {
  const ages = backlogs
    .filter((one) => UNDELIVERED.some(({ group, topic }) => one.group === group && one.topic === topic))
    .map(({ oldestAtMs }) => ageSeconds(oldestAtMs, atMs));
  return Math.max(0, ...ages);
}

/** Clocks differ: nothing is younger than now. */
const ageSeconds = (sinceMs: number | undefined, atMs: number): number =>
  sinceMs === undefined ? 0 : Math.max(0, atMs - sinceMs) / 1_000;
