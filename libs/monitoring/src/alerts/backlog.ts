import { series } from '../promql/series.js';
import { above, either, on, unless } from '../rules/condition.js';
import { MINUTE } from '../rules/pace.js';
import type { AlertDefinition } from './alert.js';
import { greatest, PIPELINE_GROUPS, since, WRITING_GROUPS } from './selectors.js';

/** A return is late from 5 s on; a restart of the scheduler, with its look at the tiers, takes some ten. */
const OVERDUE_SECONDS = MINUTE;
/** A rebalance or a restart holds a group up for its session's time-out, ten seconds, and what came meanwhile. */
const STUCK_SECONDS = 2 * MINUTE;
/** Far beyond any lane's queue, and long before a customer's own alarm. */
const OLD_SECONDS = 5 * MINUTE;
/** A recorder looks every few seconds. */
const UNSEEN_SECONDS = MINUTE;

const lagAge = series('groupLagAge', { group: PIPELINE_GROUPS });

/** From acceptance to the first attempt; not messages.bulk, where what is above a quota waits on purpose. */
const onTheWay = series('groupLagAge', {
  group: ['matcher', 'dispatcher'],
  topic: ['messages', 'deliveries', 'deliveries.returning'],
});

/** Groups that hold records for a while on purpose, and commit none of those before: their age says nothing. */
const HOLDING = 'group!~"parked-release|parked-sweep"';
/** A tier's topic keeps what it holds for its delay and seven days more, so that what waits there is never near it. */
const lifeUsed = `${greatest(series('groupLagAge', {}, [HOLDING]), ['group', 'topic'])} / on (topic) group_left () (${greatest(series('topicRetention'), ['topic'])} > 0)`;

const writersLag = greatest(series('groupLagAge', { group: WRITING_GROUPS }), ['group', 'topic']);

const retentionNear = (severity: 'page' | 'ticket', share: number): AlertDefinition => ({
  name: 'RetentionNearUnread',
  severity,
  conditions: () => [above(lifeUsed, share)],
  forSeconds: 5 * MINUTE,
  summary:
    'What {{ $labels.group }} has not read in {{ $labels.topic }} has used up {{ $value | humanizePercentage }} of its time in Kafka',
  description: `Kafka deletes records of that topic by age, read or not. From then on messages or deliveries are lost that were acknowledged. ${severity === 'page' ? 'A fifth of the time is left.' : 'Half of the time is left.'}`,
});

/** What waits, and for whom. */
export const BACKLOG_ALERTS: readonly AlertDefinition[] = [
  {
    name: 'TierOverdue',
    severity: 'page',
    conditions: (pace) => [above(greatest(series('tierOverdue'), ['tier']), pace.seconds(OVERDUE_SECONDS))],
    forSeconds: 2 * MINUTE,
    summary: 'Retries of the tier {{ $labels.tier }} are {{ $value | humanizeDuration }} overdue',
    description:
      'Deliveries that failed and should have been tried again by now are not. First attempts go on; each endpoint that had a short outage waits longer than it was promised.',
  },
  {
    name: 'ConsumerStuck',
    severity: 'page',
    conditions: (pace) => [
      above(greatest(lagAge, ['group', 'topic']), pace.seconds(STUCK_SECONDS)),
      unless(
        on(
          ['group'],
          above(
            `sum by (group) (rate(${series('commits', { result: 'committed' })}[${pace.duration(5 * MINUTE)}]))`,
            0,
          ),
        ),
      ),
    ],
    forSeconds: MINUTE,
    summary:
      '{{ $labels.group }} has committed nothing for minutes and is {{ $value | humanizeDuration }} behind on {{ $labels.topic }}',
    description:
      'Records wait in that topic and their consumer group finishes none of them: it is down, or it hangs. Nothing is lost, and nothing of it moves.',
  },
  {
    name: 'BacklogOld',
    severity: 'page',
    conditions: (pace) => [above(greatest(onTheWay, ['group', 'topic']), pace.seconds(OLD_SECONDS))],
    forSeconds: 2 * MINUTE,
    summary:
      'For {{ $value | humanizeDuration }} {{ $labels.group }} has done nothing about something in {{ $labels.topic }}',
    description:
      'Something accepted was neither attempted, nor parked, nor ended. The objectives do not see it, since they count what was attempted: where nothing moves they look well.',
  },
  retentionNear('ticket', 0.5),
  retentionNear('page', 0.8),
  {
    name: 'RecorderBehind',
    severity: 'ticket',
    conditions: (pace) => [above(writersLag, pace.seconds(5 * MINUTE))],
    forSeconds: 5 * MINUTE,
    summary: '{{ $labels.group }} is {{ $value | humanizeDuration }} behind on {{ $labels.topic }}',
    description:
      'What happened is not yet in PostgreSQL: the delivery log, dead letters and mails are late by so much. Deliveries go on.',
  },
  {
    name: 'RecorderBehind',
    severity: 'page',
    conditions: (pace) => [above(writersLag, pace.seconds(30 * MINUTE))],
    forSeconds: 5 * MINUTE,
    summary: '{{ $labels.group }} is {{ $value | humanizeDuration }} behind on {{ $labels.topic }}',
    description:
      'For half an hour customers and support see nothing of what happens, and dead letters cannot be sent again. Deliveries go on. If PostgreSQL is down, nothing of the control plane can be changed either.',
  },
  {
    name: 'BacklogUnseen',
    severity: 'page',
    conditions: (pace) => [
      above(either(since('backlogSeen'), `absent(${series('backlogSeen')}) * Inf`), pace.seconds(UNSEEN_SECONDS)),
    ],
    forSeconds: 4 * MINUTE,
    summary: 'For {{ $value | humanizeDuration }} nobody has looked at what waits in Kafka',
    description:
      'No recorder reads the offsets in Kafka, so that TierOverdue, ConsumerStuck, BacklogOld, RetentionNearUnread and RecorderBehind are blind. No recorder runs, or Kafka does not answer.',
  },
];
