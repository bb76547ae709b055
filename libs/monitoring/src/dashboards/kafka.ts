import type { DashboardDefinition, RowDefinition } from './definition.js';
import { gauge, most, quantile, query, rate, sum, THESE } from './expressions.js';
import { SHARE, unitOf, unitOfRate } from './units.js';

const behind: RowDefinition = {
  question: 'Is a consumer group behind?',
  panels: [
    {
      title: 'Lag in seconds',
      normal: 'Below a second, but for tiers and parked, where records wait on purpose.',
      otherwise: 'The group that grows is stuck or too slow: are its processes there, and do they commit?',
      shape: 'lines',
      unit: unitOf('groupLagAge'),
      thresholds: [
        [60, 'yellow'],
        [600, 'red'],
      ],
      runbook: 'consumer-stuck',
      width: 12,
      queries: [query(most(gauge('groupLagAge'), ['group', 'topic']), '{{group}}: {{topic}}')],
    },
    {
      title: 'Lag in records',
      normal: 'Small and restless.',
      otherwise: 'A straight line upwards: nothing is committed. A slope that flattens: it catches up.',
      shape: 'lines',
      unit: unitOf('groupLag'),
      runbook: 'consumer-stuck',
      width: 12,
      queries: [query(most(gauge('groupLag'), ['group', 'topic']), '{{group}}: {{topic}}')],
    },
    {
      title: 'Unread age, of what Kafka keeps',
      normal: 'A few per cent.',
      otherwise: 'At 100 % Kafka deletes what nobody has read. Start the group, or keep its topic for longer.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [
        [0.5, 'yellow'],
        [0.8, 'red'],
      ],
      runbook: 'retention-near-unread',
      width: 12,
      queries: [
        query(
          `max by (topic) (${most(gauge('groupLagAge'), ['topic'])} / on (topic) ${most(gauge('topicRetention'), ['topic'])})`,
          '{{topic}}',
        ),
      ],
    },
    {
      title: 'Since a recorder last looked',
      normal: 'Seconds.',
      otherwise: 'All of this page is as old as this: no recorder runs, or Kafka does not answer it.',
      shape: 'number',
      unit: 's',
      thresholds: [
        [30, 'yellow'],
        [120, 'red'],
      ],
      runbook: 'backlog-unseen',
      width: 12,
      queries: [query(`time() - ${most(gauge('backlogSeen'))}`, 'since')],
    },
  ],
};

const consuming: RowDefinition = {
  question: 'Does every member read, finish and commit?',
  panels: [
    {
      title: 'Records handed over',
      normal: 'As many as are written.',
      otherwise: 'A group at zero while its lag grows is stuck.',
      shape: 'lines',
      unit: unitOfRate('consumerRecords'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(rate('consumerRecords', {}, THESE), ['group']), '{{group}}')],
    },
    {
      title: 'Read and not done',
      normal: 'Some hundred; a tier holds what it waits for.',
      otherwise: 'A window at its bound reads nothing more: see what its oldest waits for.',
      shape: 'lines',
      unit: unitOf('consumerWindow'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(gauge('consumerWindow', {}, THESE), ['group']), '{{group}}')],
    },
    {
      title: 'Oldest that was read and is not done',
      normal: 'Below the longest time-out of an attempt.',
      otherwise: 'One record that is never done holds the commit of its partition.',
      shape: 'lines',
      unit: unitOf('consumerAge'),
      thresholds: [[120, 'yellow']],
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(most(gauge('consumerAge', {}, THESE), ['group', 'instance']), '{{group}} at {{instance}}')],
    },
    {
      title: 'Commits',
      normal: 'A few a second for each group, none failed.',
      otherwise: 'Failed: the group was assigned anew meanwhile, or the coordinator does not answer.',
      shape: 'lines',
      unit: unitOfRate('commits'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(rate('commits', {}, THESE), ['group', 'result']), '{{group}} {{result}}')],
    },
    {
      title: 'Assignments in the time shown',
      normal: 'One for each process that started or stopped.',
      otherwise: 'Again and again: members come and go, or their sessions time out.',
      shape: 'lines',
      unit: unitOfRate('rebalances'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(rate('rebalances', {}, THESE), ['group']), '{{group}}')],
    },
    {
      title: 'Written again, and not readable',
      normal: 'Zero.',
      otherwise: 'Resends: the broker does not confirm in time. Unreadable: another program writes to our topics.',
      shape: 'lines',
      unit: unitOfRate('producerResends'),
      thresholds: [[1, 'yellow']],
      runbook: 'producer-resends',
      width: 8,
      queries: [
        query(sum(rate('producerResends', {}, THESE), ['instance']), 'resent by {{instance}}'),
        query(sum(rate('unreadable', {}, THESE), ['group']), 'unreadable to {{group}}'),
      ],
    },
  ],
};

const recording: RowDefinition = {
  question: 'Is what happened written to PostgreSQL?',
  panels: [
    {
      title: 'Rows written',
      normal: 'As many as messages come and facts are told.',
      otherwise: 'Zero while its lag grows: the database does not take them; deliveries go on all the same.',
      shape: 'lines',
      unit: unitOfRate('recorderRows'),
      runbook: 'recorder-behind',
      width: 8,
      queries: [
        query(sum(rate('recorderRows'), ['topic']), 'from {{topic}}'),
        query(sum(rate('recorderFailures')), 'batches refused'),
      ],
    },
    {
      title: 'Time of a batch',
      normal: 'Below 100 ms.',
      otherwise: 'Slower than it grows: PostgreSQL waits for its disk, or for a lock.',
      shape: 'lines',
      unit: unitOf('recorderWriteDuration'),
      thresholds: [[1, 'yellow']],
      runbook: 'recorder-behind',
      width: 8,
      queries: [
        query(quantile(0.5, 'recorderWriteDuration'), 'half'),
        query(quantile(0.99, 'recorderWriteDuration'), '99 %'),
      ],
    },
    {
      title: 'Indexes, and the control plane on its way',
      normal: 'Letters and rejected records are indexed; no change waits.',
      otherwise: 'Refused: they are in their topic and cannot be found. A change that waits is known to no dispatcher.',
      shape: 'lines',
      unit: 'short',
      runbook: 'outbox-behind',
      width: 8,
      queries: [
        query(sum(rate('deadLettersIndexed'), ['result']), 'dead letters {{result}}, 1/s'),
        query(sum(rate('rejectedIndexed'), ['result']), 'rejected {{result}}, 1/s'),
        query(most(gauge('outboxOldest')), 'oldest change, s'),
      ],
    },
  ],
};

export const KAFKA: DashboardDefinition = {
  uid: 'signpost-kafka',
  title: 'Signpost: Kafka and consumers',
  about: 'What lies in Kafka and is not done: by group and topic, seen from outside of the process that should do it.',
  variables: ['datasource', 'job', 'role', 'instance'],
  rows: [behind, consuming, recording],
};
