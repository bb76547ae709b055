import { series } from '../promql/series.js';
import { HOUR } from '../rules/pace.js';
import { BUDGET_NAME, errorRatioName, TARGET_NAME } from '../slos/objective-rules.js';
import { deliveredInTime, intakeAvailable, onTime, type Objective } from '../slos/objectives.js';
import type { DashboardDefinition, PanelDefinition, RowDefinition } from './definition.js';
import { gauge, HERE, most, quantile, query, rate, sum } from './expressions.js';
import { SHARE, unitOf, unitOfRate } from './units.js';

const promises: RowDefinition = {
  question: 'Do we keep what we promise?',
  panels: [
    kept(deliveredInTime, 'delivered-in-time-burn', 'Healthy endpoints wait: see where on the board of the pipeline.'),
    kept(onTime, 'on-time-burn', 'Retries come back late: see the board of retries for the tier.'),
    kept(
      intakeAvailable,
      'intake-available-burn',
      'Publishing fails for something of ours: Kafka, room, or a process.',
    ),
    {
      title: 'Error budget left of 30 days',
      normal: 'Above zero: of the errors that 30 days may have, so much is left.',
      otherwise: 'Below zero the promise of that line is broken: hold changes back and follow its runbook.',
      shape: 'number',
      unit: SHARE,
      lowest: 'any',
      thresholds: [
        [-Infinity, 'red'],
        [0, 'orange'],
        [0.25, 'green'],
      ],
      runbook: 'delivered-in-time-burn',
      width: 6,
      queries: [query(most(BUDGET_NAME, ['objective']), '{{objective}}')],
    },
    {
      title: 'How many times too fast the budget goes',
      normal: 'Below 1: the budget lasts for 30 days.',
      otherwise: 'Above 14.4 over an hour somebody is paged, above 6 over six: the runbook of that promise.',
      shape: 'lines',
      unit: 'short',
      thresholds: [
        [1, 'yellow'],
        [14.4, 'red'],
      ],
      runbook: 'delivered-in-time-burn',
      width: 24,
      queries: [
        query(burning(HOUR), '{{objective}}, over an hour'),
        query(burning(6 * HOUR), '{{objective}}, over six'),
      ],
    },
  ],
};

const waiting: RowDefinition = {
  question: 'Does anything wait that should not?',
  panels: [
    {
      title: 'Oldest undelivered',
      normal: 'Below a second. Nothing counts here that was tried, parked or ended.',
      otherwise: 'Look at the consumers: the group whose lag grows is where it waits.',
      shape: 'number',
      unit: unitOf('oldestUndelivered'),
      thresholds: [
        [5, 'yellow'],
        [60, 'red'],
      ],
      runbook: 'backlog-old',
      width: 6,
      queries: [query(most(gauge('oldestUndelivered')), 'oldest')],
    },
    {
      title: 'Longest overdue retry',
      normal: 'Below a second: the scheduler hands back what is due at once.',
      otherwise: 'The scheduler of that tier is down or behind.',
      shape: 'number',
      unit: unitOf('tierOverdue'),
      thresholds: [
        [5, 'yellow'],
        [60, 'red'],
      ],
      runbook: 'tier-overdue',
      width: 6,
      queries: [query(most(gauge('tierOverdue')), 'overdue')],
    },
    {
      title: 'Dead letters that wait for the platform',
      normal: 'Zero: these died of something of ours.',
      otherwise: 'Find the cause, mend it, and send them again.',
      shape: 'number',
      unit: unitOf('deadLettersWaiting'),
      thresholds: [[1, 'red']],
      runbook: 'dead-letter-growth',
      width: 6,
      queries: [query(most(gauge('deadLettersWaiting', { class: 'platform' })), 'dead letters')],
    },
    {
      title: "The account's difference",
      normal: 'Zero: every message has its one fate.',
      otherwise: 'Something was lost, or was done twice: the kind says what.',
      shape: 'number',
      unit: unitOf('accountDifference'),
      thresholds: [[1, 'red']],
      runbook: 'account-difference',
      width: 6,
      queries: [query(sum(most(gauge('accountDifference'), ['kind'])), 'difference')],
    },
  ],
};

const traffic: RowDefinition = {
  question: 'How much is there, how does it end, and how long does it take?',
  panels: [
    {
      title: 'Messages accepted',
      normal: 'As at this time of other days.',
      otherwise: 'A fall to nothing: is it the platform that is silent, or intake that is down?',
      shape: 'stacked',
      unit: unitOfRate('messagesAccepted'),
      runbook: 'intake-available-burn',
      width: 8,
      queries: [query(sum(rate('messagesAccepted'), ['source']), '{{source}}')],
    },
    {
      title: 'Attempts by outcome',
      normal: 'Nearly all delivered; the rest belongs to few endpoints.',
      otherwise: 'When another outcome grows, the row below says whether it is us or them.',
      shape: 'stacked',
      unit: unitOfRate('attempts'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [query(sum(rate('attempts'), ['outcome']), '{{outcome}}')],
    },
    {
      title: 'From acceptance to delivery, at the first attempt',
      normal: 'The median far below 100 ms; the slowest in a hundred as slow as the slowest customers.',
      otherwise: 'When the median rises it is ours: the board of the pipeline has it by stage.',
      shape: 'lines',
      unit: unitOf('deliveryLatency'),
      thresholds: [[5, 'red']],
      runbook: 'delivered-in-time-burn',
      width: 8,
      queries: [
        query(quantile(0.5, 'deliveryLatency', [], { attempt: 'first' }), 'half'),
        query(quantile(0.95, 'deliveryLatency', [], { attempt: 'first' }), '95 %'),
        query(quantile(0.99, 'deliveryLatency', [], { attempt: 'first' }), '99 %'),
      ],
    },
  ],
};

const fault: RowDefinition = {
  question: 'Is it us, or is it them?',
  panels: [
    {
      title: 'Unreachable part of all origins',
      normal: 'A few per cent: some servers are always down.',
      otherwise: 'Most at once: it is our way out (network, DNS, proxy), not theirs.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [
        [0.2, 'yellow'],
        [0.5, 'red'],
      ],
      runbook: 'egress-broken',
      width: 8,
      queries: [
        query(
          `${sum(gauge('originsRecent', { state: 'unreachable' }))} / clamp_min(${sum(gauge('originsRecent'))}, 1)`,
          'unreachable',
        ),
      ],
    },
    {
      title: 'Endpoints by whether any attempt succeeded',
      normal: 'Few failing beside those that succeed.',
      otherwise: 'Many fail while their origins answer: look at what they answer, beside this.',
      shape: 'stacked',
      unit: unitOf('endpointsRecent'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [query(sum(gauge('endpointsRecent'), ['state']), '{{state}}')],
    },
    {
      title: 'Endpoints with most failed attempts',
      normal: 'The same few. Each leads to its own board.',
      otherwise: 'One with nearly all failures: tell its owner, or pause it.',
      shape: 'table',
      unit: unitOf('worstEndpoints'),
      runbook: 'endpoints-failing',
      width: 8,
      columnLinks: {
        endpoint:
          '/d/signpost-endpoint?var-application=${__data.fields.application}&var-endpoint=${__data.fields.endpoint}&${__url_time_range}',
      },
      queries: [
        query(
          `topk(10, ${sum(series('worstEndpoints', {}, HERE), ['application', 'endpoint'])})`,
          '{{endpoint}}',
          'nothing failed in the last whole five minutes',
        ),
      ],
    },
  ],
};

const processes: RowDefinition = {
  question: 'Is every process there?',
  panels: [
    {
      title: 'Processes by role',
      normal: 'As many of each role as were started.',
      otherwise: 'A role that is missing has no process that can be scraped: start it, or see why it ends.',
      shape: 'lines',
      unit: unitOf('processRole'),
      runbook: 'process-down',
      width: 12,
      queries: [query(sum(gauge('processRole'), ['role']), '{{role}}')],
    },
    {
      title: 'Alerts',
      normal: 'None.',
      otherwise: 'Each has a runbook of its own name.',
      shape: 'table',
      unit: 'short',
      runbook: 'process-down',
      width: 12,
      queries: [
        query(
          'count by (alertname, severity) (ALERTS{alertstate="firing", alertname=~"Signpost.*"})',
          '{{alertname}}',
          'no alert fires',
        ),
      ],
    },
  ],
};

export const OVERVIEW: DashboardDefinition = {
  uid: 'signpost-overview',
  title: 'Signpost: overview',
  about: 'Where to look first: what is promised, what waits, how much there is, and whose fault it is.',
  variables: ['datasource', 'job'],
  rows: [promises, waiting, traffic, fault, processes],
};

function kept(objective: Objective, runbook: PanelDefinition['runbook'], otherwise: string): PanelDefinition {
  return {
    title: objective.title,
    normal: objective.promise,
    otherwise,
    shape: 'number',
    unit: SHARE,
    highest: 1,
    thresholds: [
      [0, 'red'],
      [objective.target, 'green'],
    ],
    runbook,
    width: 6,
    queries: [query(`1 - ${bad(objective)}`, objective.title)],
  };
}

/** Without any event nothing is bad. */
function bad(objective: Objective): string {
  return `(${objective.bad('$__range')} / (${objective.events('$__range')} > 0) or ${objective.events('$__range')})`;
}

/** By how much the share of errors is above the one that just lasts. */
function burning(windowSeconds: number): string {
  const errors = most(errorRatioName(windowSeconds), ['objective']);
  return `${errors} / on (objective) (1 - ${most(TARGET_NAME, ['objective'])})`;
}
