import type { DashboardDefinition, RowDefinition } from './definition.js';
import { gauge, growth, most, quantile, query, rate, sum } from './expressions.js';
import { unitOf, unitOfRate } from './units.js';

const retries: RowDefinition = {
  question: 'Do retries come back when they are due?',
  panels: [
    {
      title: 'Overdue by tier',
      normal: 'Zero, or a moment.',
      otherwise: 'One tier: its partition is stuck. All: no scheduler runs.',
      shape: 'lines',
      unit: unitOf('tierOverdue'),
      thresholds: [
        [5, 'yellow'],
        [60, 'red'],
      ],
      runbook: 'tier-overdue',
      width: 8,
      queries: [query(most(gauge('tierOverdue'), ['tier']), '{{tier}}')],
    },
    {
      title: 'Lateness of what came back, slowest in a hundred',
      normal: 'Below a second in every tier.',
      otherwise: 'The scheduler keeps up but late: see its event loop, and Kafka.',
      shape: 'lines',
      unit: unitOf('tierLateness'),
      thresholds: [[5, 'red']],
      runbook: 'on-time-burn',
      width: 8,
      queries: [query(quantile(0.99, 'tierLateness', ['tier']), '{{tier}}')],
    },
    {
      title: 'Waiting by tier',
      normal: 'As many as endpoints fail; the longest tiers hold most.',
      otherwise: 'Growth in the short tiers is a failure that began now, in the long ones one that lasts.',
      shape: 'stacked',
      unit: unitOf('tierDepth'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [query(most(gauge('tierDepth'), ['tier']), '{{tier}}')],
    },
    {
      title: 'Sent to wait, by tier',
      normal: 'A small part of all attempts.',
      otherwise: 'Twice the attempts are twice the load: see which endpoints fail.',
      shape: 'stacked',
      unit: unitOfRate('retries'),
      runbook: 'endpoints-failing',
      width: 12,
      queries: [query(sum(rate('retries'), ['tier']), '{{tier}}')],
    },
    {
      title: 'From acceptance to delivery, after a retry',
      normal: 'As long as the waits of the schedule.',
      otherwise: 'It grows while customers recover: what arrives now had waited long.',
      shape: 'lines',
      unit: unitOf('deliveryLatency'),
      runbook: 'on-time-burn',
      width: 12,
      queries: [
        query(quantile(0.5, 'deliveryLatency', [], { attempt: 'later' }), 'half'),
        query(quantile(0.99, 'deliveryLatency', [], { attempt: 'later' }), '99 %'),
      ],
    },
  ],
};

const parked: RowDefinition = {
  question: 'What is parked, and does it come out again?',
  panels: [
    {
      title: 'Parked now',
      normal: 'What belongs to endpoints that are disabled, paused or slow.',
      otherwise: 'It grows for days: it is dead-lettered a day before Kafka deletes it.',
      shape: 'number',
      unit: unitOf('parkedWaiting'),
      runbook: 'retention-near-unread',
      width: 6,
      queries: [query(sum(gauge('parkedWaiting')), 'parked')],
    },
    {
      title: 'Parked by reason',
      normal: 'Disabled and paused endpoints; throttled ones for a while.',
      otherwise: 'lane-full in numbers: a customer is slower than what is sent to it.',
      shape: 'stacked',
      unit: unitOfRate('parked'),
      runbook: 'endpoints-failing',
      width: 6,
      queries: [query(sum(rate('parked'), ['reason']), '{{reason}}')],
    },
    {
      title: 'Released, and swept',
      normal: 'What was parked is released once its endpoint is well.',
      otherwise: 'Swept: it waited till the end of its time, and is dead-lettered.',
      shape: 'lines',
      unit: unitOfRate('released'),
      runbook: 'retention-near-unread',
      width: 6,
      queries: [query(sum(rate('released')), 'released'), query(sum(rate('swept')), 'swept')],
    },
    {
      title: 'Owners told of failing endpoints',
      normal: 'An event when an endpoint fails for long, is disabled, or recovers.',
      otherwise: 'Mails given up or refused: the mail server does not take them, so owners hear nothing.',
      shape: 'lines',
      unit: unitOfRate('operationalEvents'),
      runbook: 'endpoints-failing',
      width: 6,
      queries: [
        query(sum(rate('operationalEvents'), ['type']), '{{type}}'),
        query(sum(rate('mails', { result: ['refused', 'given-up', 'dropped'] }), ['result']), 'mails {{result}}'),
      ],
    },
  ],
};

const dead: RowDefinition = {
  question: 'What died, and whose fault was it?',
  panels: [
    {
      title: 'Died in the last $interval, by class and reason',
      normal: "Customers' endpoints that were down for longer than their schedule.",
      otherwise: 'Anything of the class platform is ours: look now.',
      shape: 'table',
      unit: unitOf('deadLetters'),
      runbook: 'dead-letter-growth',
      width: 8,
      queries: [
        query(
          `${sum(growth('$interval', 'deadLetters'), ['class', 'reason'])} > 0`,
          '{{class}}: {{reason}}',
          'nothing died in that time',
        ),
      ],
    },
    {
      title: 'Dead letters by class',
      normal: 'None of the platform; those of customers as usual.',
      otherwise: 'A step is one endpoint, a slope many.',
      shape: 'lines',
      unit: unitOfRate('deadLetters'),
      runbook: 'dead-letter-growth',
      width: 8,
      queries: [query(sum(rate('deadLetters'), ['class']), '{{class}}')],
    },
    {
      title: 'Not sent again yet',
      normal: 'It falls when somebody re-drives.',
      otherwise: 'What nobody has looked at for weeks is deleted after 30 days.',
      shape: 'lines',
      unit: unitOf('deadLettersWaiting'),
      runbook: 'dead-letters',
      width: 4,
      queries: [query(most(gauge('deadLettersWaiting'), ['class']), '{{class}}')],
    },
    {
      title: 'Oldest of them',
      normal: 'Days.',
      otherwise: 'From 30 days on it is gone.',
      shape: 'number',
      unit: unitOf('deadLettersOldest'),
      thresholds: [
        [14 * 86_400, 'yellow'],
        [25 * 86_400, 'red'],
      ],
      runbook: 'dead-letters',
      width: 4,
      queries: [query(most(gauge('deadLettersOldest'), ['class']), '{{class}}')],
    },
  ],
};

const again: RowDefinition = {
  question: 'How do re-drives get on?',
  panels: [
    {
      title: 'Recoveries that have not ended',
      normal: 'Those that somebody began.',
      otherwise: 'Paused ones wait for their endpoint to be well, or for somebody.',
      shape: 'number',
      unit: unitOf('recoveries'),
      runbook: 'recovery-stuck',
      width: 4,
      queries: [query(most(gauge('recoveries'), ['state']), '{{state}}')],
    },
    {
      title: 'Their deliveries',
      normal: 'What is left goes down.',
      otherwise: 'A line that stays level while one runs: it is stuck.',
      shape: 'lines',
      unit: unitOf('recoveryDeliveries'),
      runbook: 'recovery-stuck',
      width: 8,
      queries: [query(most(gauge('recoveryDeliveries'), ['progress']), '{{progress}}')],
    },
    {
      title: 'Asked for again, and taken in',
      normal: 'The second follows the first within seconds.',
      otherwise: 'Asked for and not taken in: the dispatchers are behind.',
      shape: 'lines',
      unit: unitOfRate('redeliveriesAsked'),
      runbook: 'redrive',
      width: 12,
      queries: [
        query(sum(rate('redeliveriesAsked'), ['by']), 'asked for: {{by}}'),
        query(sum(rate('redeliveriesTakenIn'), ['by']), 'taken in: {{by}}'),
        query(sum(rate('coalescingForgone')), 'coalescing forgone'),
      ],
    },
  ],
};

const account: RowDefinition = {
  question: 'Is every message accounted for?',
  panels: [
    {
      title: 'Difference by kind',
      normal: 'Zero of every kind.',
      otherwise: 'The kind says what does not add up, and the runbook what to do of it.',
      shape: 'lines',
      unit: unitOf('accountDifference'),
      thresholds: [[1, 'red']],
      runbook: 'account-difference',
      width: 12,
      queries: [query(most(gauge('accountDifference'), ['kind']), '{{kind}}')],
    },
    {
      title: 'Since the account was last settled',
      normal: 'Minutes: all that the topics held by then is known to have been done and recorded.',
      otherwise: 'It grows with a backlog, and with a recorder that is behind.',
      shape: 'lines',
      unit: 's',
      thresholds: [[3_600, 'yellow']],
      runbook: 'account-unsettled',
      width: 6,
      queries: [query(`time() - (${most(gauge('accountSettled'))} > 0)`, 'since', 'nothing was settled yet')],
    },
    {
      title: 'Minutes counted',
      normal: 'One or more in a minute while messages come.',
      otherwise: 'None while messages come: no recorder counts.',
      shape: 'lines',
      unit: unitOfRate('accountMinutes'),
      runbook: 'account',
      width: 6,
      queries: [query(sum(rate('accountMinutes')), 'counted')],
    },
  ],
};

export const RETRIES: DashboardDefinition = {
  uid: 'signpost-retries',
  title: 'Signpost: retries and dead letters',
  about:
    'All that was not delivered at the first attempt: what waits, what is held back, what died, and what is sent again.',
  variables: ['datasource', 'job', 'interval'],
  rows: [retries, parked, dead, again, account],
};
