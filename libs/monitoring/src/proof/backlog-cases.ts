import type { ConsumerGroupName } from '@signpost/observability';
import { series } from '../promql/series.js';
import { counted, page, steady, Story, ticket, type AlertCase } from './alert-case.js';

const by = (instance: string): readonly string[] => [`instance="${instance}"`];
const RECORDER = by('recorder-1');

const tier = (instance: string) => series('tierOverdue', { tier: '1m' }, by(instance));
const lag = (
  group: ConsumerGroupName,
  topic: 'messages' | 'messages.bulk' | 'deliveries' | 'journal' | 'deliveries.parked',
) => series('groupLagAge', { group, topic }, RECORDER);
const committed = (group: ConsumerGroupName, instance: string) =>
  series('commits', { group, result: 'committed' }, by(instance));
const behind = { group: 'dispatcher', topic: 'deliveries' };
const logBehind = { group: 'recorder', topic: 'journal' };
const unread = { group: 'matcher', topic: 'messages' };
const WEEK = 604_800;

const tierOverdue: readonly Story[] = [
  Story.of('TierOverdue', 'the scheduler stops, and comes back', {
    // Two recorders look, and see the same.
    [tier('recorder-1')]: '0+0x5 60+60x9 0+0x9',
    [tier('recorder-2')]: '0+0x5 60+60x9 0+0x9',
  })
    .quiet(5, 8)
    .fires(9, page({ tier: '1m' }, '4m 0s'))
    .quiet(16),
  Story.of('TierOverdue', 'a restart holds retries up for less than a minute', {
    [tier('recorder-1')]: `${steady(0, 5)} ${steady(45, 10)}`,
  }).quiet(9, 15),
];

const consumerStuck: readonly Story[] = [
  Story.of('ConsumerStuck', 'the dispatcher hangs', {
    [lag('dispatcher', 'deliveries')]: '0+0x10 60+60x20',
    [committed('dispatcher', 'dispatcher-1')]: counted([100, 10], [0, 20]),
  })
    .quiet(15)
    .fires(16, page(behind, '6m 0s')),
  Story.of('ConsumerStuck', 'the only dispatcher is gone, with its counters', {
    [lag('dispatcher', 'deliveries')]: '0+0x10 60+60x20',
    [committed('dispatcher', 'dispatcher-1')]: `${counted([100, 10])} stale`,
  })
    .quiet(15)
    .fires(16, page(behind, '6m 0s')),
  Story.of('ConsumerStuck', 'one of two dispatchers is gone, and the other does the work', {
    [lag('dispatcher', 'deliveries')]: '0+0x10 60+60x20',
    [committed('dispatcher', 'dispatcher-1')]: `${counted([100, 10])} stale`,
    [committed('dispatcher', 'dispatcher-2')]: counted([100, 30]),
  }).quiet(20, 30),
  Story.of('ConsumerStuck', 'the age passes two minutes where nothing was committed for long', {
    [lag('matcher', 'messages')]: '0+0x10 60+60x20',
    [committed('matcher', 'matcher-1')]: counted([0, 30]),
  })
    .quiet(13)
    .fires(14, page(unread, '4m 0s')),
  Story.of('ConsumerStuck', 'nothing is committed where nothing waits, or is not yet due', {
    [lag('matcher', 'messages')]: steady(0, 30),
    [committed('matcher', 'matcher-1')]: counted([0, 30]),
    [series('groupLagAge', { group: 'retry-scheduler', topic: 'deliveries.retry.24h' }, RECORDER)]: steady(80_000, 30),
    [committed('retry-scheduler', 'scheduler-1')]: counted([0, 30]),
  }).quiet(20, 30),
];

const backlogOld: readonly Story[] = [
  Story.of('BacklogOld', 'something is left behind', { [lag('dispatcher', 'deliveries')]: '0+0x5 60+60x9 0+0x5' })
    .quiet(12)
    .fires(13, page(behind, '8m 0s'))
    .quiet(16),
  Story.of('BacklogOld', 'a flood above a quota takes its time, and the log is written late', {
    [lag('matcher', 'messages.bulk')]: steady(4_000, 20),
    [lag('recorder', 'journal')]: steady(4_000, 20),
  }).quiet(10, 20),
];

const retentionNearUnread: readonly Story[] = [
  Story.of('RetentionNearUnread', 'the matcher is down for days', {
    [lag('matcher', 'messages')]: '290000+5000x60',
    [series('topicRetention', { topic: 'messages' }, RECORDER)]: steady(WEEK, 60),
  })
    .quiet(2, 7)
    .fires(8, ticket(unread, '54.56%'))
    .fires(43, ticket(unread, '83.5%'))
    .fires(44, ticket(unread, '84.33%'), page(unread, '84.33%')),
  Story.of('RetentionNearUnread', 'a parked delivery is as old as it may become', {
    [lag('parked-sweep', 'deliveries.parked')]: steady(1_120_000, 60),
    [series('topicRetention', { topic: 'deliveries.parked' }, RECORDER)]: steady(1_209_600, 60),
  }).quiet(30, 60),
];

const recorderBehind: readonly Story[] = [
  Story.of('RecorderBehind', 'PostgreSQL is down for an hour', { [lag('recorder', 'journal')]: '0+60x60 0+0x10' })
    .quiet(10)
    .fires(11, ticket(logBehind, '11m 0s'))
    .fires(35, ticket(logBehind, '35m 0s'))
    .fires(36, ticket(logBehind, '36m 0s'), page(logBehind, '36m 0s'))
    .quiet(62),
];

const backlogUnseen: readonly Story[] = [
  Story.of('BacklogUnseen', 'no broker answers', {
    [series('backlogSeen', {}, RECORDER)]: counted([60, 10], [0, 20]),
  })
    .quiet(10, 15)
    .fires(16, page({}, '6m 0s')),
  Story.of('BacklogUnseen', 'the last recorder is gone', {
    [series('backlogSeen', {}, RECORDER)]: `${counted([60, 10])} stale`,
  })
    .quiet(14)
    .fires(15, page({}, '+Inf')),
  Story.of('BacklogUnseen', 'one of two recorders is gone', {
    [series('backlogSeen', {}, RECORDER)]: `${counted([60, 10])} stale`,
    [series('backlogSeen', {}, by('recorder-2'))]: counted([60, 30]),
  }).quiet(20, 30),
  Story.of('BacklogUnseen', 'a recorder looks a little late', {
    [series('backlogSeen', {}, RECORDER)]: '-40+60x30',
  }).quiet(20, 30),
];

export const BACKLOG_CASES: readonly AlertCase[] = [
  ...tierOverdue,
  ...consumerStuck,
  ...backlogOld,
  ...retentionNearUnread,
  ...recorderBehind,
  ...backlogUnseen,
].map((story) => story.case);
