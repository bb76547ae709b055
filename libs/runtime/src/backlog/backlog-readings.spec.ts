import { describe, expect, it } from '@jest/globals';
import { GROUPS, METRICS, Metrics } from '@signpost/observability';
import type { BacklogLook, GroupBacklog } from '@signpost/ports';
import { oldestUndeliveredSeconds, overdueSeconds, showGroups, showPipeline } from './backlog-readings.js';
import { readsOfPipeline, readsOfSources } from './group-reads.js';

const NOW = 1_000_000;
const backlog = (changes: Partial<GroupBacklog>): GroupBacklog => ({
  group: 'matcher',
  topic: 'messages',
  records: 0,
  oldestAtMs: undefined,
  settledOldestAtMs: undefined,
  ...changes,
});
const look = (...backlogs: readonly GroupBacklog[]): BacklogLook => ({ atMs: NOW, backlogs, retentionMs: [] });

async function shown(show: (metrics: Metrics) => void): Promise<readonly string[]> {
  const metrics = new Metrics({ processMetrics: false });
  show(metrics);
  return (await metrics.registry.metrics()).split('\n');
}

describe('what a look says', () => {
  it('is how many records each group has not done, and how old the oldest is', async () => {
    const text = await shown((metrics) =>
      showGroups(metrics, {
        ...look(backlog({ records: 3, oldestAtMs: NOW - 1_500 }), backlog({ group: 'ingest', topic: 'source' })),
        retentionMs: [{ topic: 'messages', ms: 604_800_000 }],
      }),
    );
    expect(text).toEqual(
      expect.arrayContaining([
        'signpost_group_lag_records{group="matcher",topic="messages"} 3',
        'signpost_group_lag_seconds{group="matcher",topic="messages"} 1.5',
        'signpost_group_lag_records{group="ingest",topic="source"} 0',
        'signpost_group_lag_seconds{group="ingest",topic="source"} 0',
        'signpost_topic_retention_seconds{topic="messages"} 604800',
        'signpost_backlog_seen_timestamp_seconds 0',
      ]),
    );
  });

  it('is how deep each tier is, and when it was taken', async () => {
    const tier = backlog({ group: 'retry-scheduler', topic: 'deliveries.retry.10s', records: 4 });
    const text = await shown((metrics) =>
      showPipeline(metrics, look({ ...tier, oldestAtMs: NOW - 25_000, settledOldestAtMs: NOW - 25_000 })),
    );
    expect(text).toEqual(
      expect.arrayContaining([
        'signpost_tier_deliveries{tier="10s"} 4',
        'signpost_tier_overdue_seconds{tier="10s"} 15',
        'signpost_backlog_seen_timestamp_seconds 1000',
      ]),
    );
  });

  it.each([
    { of: 'that waits for its time', settledOldestAtMs: NOW - 9_000, seconds: 0 },
    { of: 'that is due', settledOldestAtMs: NOW - 10_000, seconds: 0 },
    { of: 'that was due', settledOldestAtMs: NOW - 10_250, seconds: 0.25 },
    { of: 'that is of another clock', settledOldestAtMs: NOW + 10_000, seconds: 0 },
    { of: 'of which the time is only reckoned', settledOldestAtMs: undefined, seconds: 0 },
  ])('of a delivery $of in a tier of ten seconds is overdue by $seconds s', ({ settledOldestAtMs, seconds }) => {
    expect(overdueSeconds('10s', { settledOldestAtMs }, NOW)).toBe(seconds);
  });

  it('is the oldest that nobody has dealt with, before the matcher or the dispatcher', () => {
    const of = (group: GroupBacklog['group'], topic: GroupBacklog['topic'], ageMs: number) =>
      backlog({ group, topic, records: 1, oldestAtMs: NOW - ageMs });
    const others = [of('recorder', 'messages', 90_000), of('parked-sweep', 'deliveries.parked', 90_000)];
    expect(oldestUndeliveredSeconds(look(...others))).toBe(0);
    for (const [group, topic] of [
      ['matcher', 'messages'],
      ['matcher', 'messages.bulk'],
      ['dispatcher', 'deliveries'],
      ['dispatcher', 'deliveries.returning'],
    ] as const)
      expect(oldestUndeliveredSeconds(look(...others, of(group, topic, 7_000)))).toBe(7);
  });
});

describe('what is looked at', () => {
  it('is of groups and topics that the catalogue knows, every group that commits among them', () => {
    const reads = readsOfPipeline(['platform.events']);
    const { group: groups, topic: topics } = METRICS.groupLag.labels;
    for (const read of reads) {
      expect(groups).toContain(read.group);
      expect(topics).toContain('source' in read ? 'source' : read.topic);
    }
    expect(new Set(reads.map(({ group }) => group))).toEqual(
      new Set(GROUPS.filter((group) => group !== 'parked-release')),
    );
  });

  it('is no source where none is known, and nothing that only a group with sources reads', () => {
    expect(readsOfPipeline([]).filter(({ group }) => group === 'ingest')).toEqual([]);
    expect(readsOfSources([])).toEqual([]);
  });
});
