import type { DashboardDefinition, RowDefinition } from './definition.js';
import { gauge, mean, quantile, query, rate, sum } from './expressions.js';
import { SHARE, unitOf, unitOfRate } from './units.js';

const time: RowDefinition = {
  question: 'Where does the time go?',
  panels: [
    {
      title: 'Mean time by stage',
      normal:
        'The wait for an answer (first-byte) is most of it; what is ours (intake, match, queue) is some milliseconds.',
      otherwise:
        'The stage that grew is the place: match and queue are ours, lookup is DNS, the rest the network or the customer.',
      shape: 'stacked',
      unit: unitOf('stageDuration'),
      runbook: 'delivered-in-time-burn',
      width: 12,
      queries: [
        query(
          mean('stageDuration', ['stage'], {
            stage: ['intake', 'match', 'queue', 'lookup', 'connect', 'tls', 'first-byte'],
          }),
          '{{stage}}',
        ),
      ],
    },
    {
      title: 'Slowest in a hundred by stage',
      normal: 'Intake, match and queue below 100 ms.',
      otherwise: 'A queue that is long for a few only: their lanes are full or paced, see the lanes below.',
      shape: 'lines',
      unit: unitOf('stageDuration'),
      runbook: 'delivered-in-time-burn',
      width: 12,
      queries: [
        query(
          quantile(0.99, 'stageDuration', ['stage'], {
            stage: ['intake', 'match', 'queue', 'lookup', 'connect', 'tls', 'first-byte'],
          }),
          '{{stage}}',
        ),
      ],
    },
  ],
};

const intake: RowDefinition = {
  question: 'What comes in, and what do we answer?',
  panels: [
    {
      title: 'Requests that publish, by answer',
      normal: 'Accepted, and a few refused for what they are.',
      otherwise:
        'Failed: Kafka does not confirm, or there is no room for bodies. Refused: a producer sends something wrong.',
      shape: 'stacked',
      unit: unitOfRate('intakeRequests'),
      runbook: 'intake-available-burn',
      width: 8,
      queries: [query(sum(rate('intakeRequests'), ['answer']), '{{answer}}')],
    },
    {
      title: 'Events refused, above their quota, or turned away',
      normal: 'None turned away (503); refused and above the quota as usual.',
      otherwise: 'Refused from Kafka: look into messages.rejected. Turned away: more room or more processes.',
      shape: 'lines',
      unit: unitOfRate('messagesRejected'),
      runbook: 'intake-rejected',
      width: 8,
      queries: [
        query(sum(rate('messagesRejected'), ['source']), 'refused, {{source}}'),
        query(sum(rate('messagesOverQuota'), ['way']), 'above quota, to {{way}}'),
        query(sum(rate('requestsShed')), 'turned away'),
      ],
    },
    {
      title: 'Time to an answer',
      normal: 'Publishing below 50 ms for the slowest in a hundred; the rest of the API below a second.',
      otherwise: 'Publishing waits for Kafka, the API for PostgreSQL.',
      shape: 'lines',
      unit: unitOf('httpRequestDuration'),
      thresholds: [[1, 'yellow']],
      runbook: 'intake-available-burn',
      width: 8,
      queries: [
        query(quantile(0.99, 'httpRequestDuration', ['area'], { area: ['publish', 'api'] }), '{{area}}, 99 %'),
        query(quantile(0.5, 'httpRequestDuration', ['area'], { area: ['publish', 'api'] }), '{{area}}, half'),
      ],
    },
    {
      title: 'Repeats and payloads that do not fit',
      normal: 'Nothing unchecked: the database was there to know repeats by; no schema that cannot be used.',
      otherwise: 'Unchecked: intake cannot reach PostgreSQL. Unusable: an event type has a schema that takes too much.',
      shape: 'lines',
      unit: unitOfRate('idempotencyKeys'),
      runbook: 'intake-unchecked',
      width: 12,
      queries: [
        query(sum(rate('idempotencyKeys', { result: 'unchecked' })), 'keys unchecked'),
        query(sum(rate('eventIds'), ['result']), 'event ids {{result}}'),
        query(
          sum(rate('payloadsChecked', { result: ['invalid', 'unusable'] }), ['mode', 'result']),
          'payloads {{result}}, {{mode}}',
        ),
        query(sum(rate('schemasRead', { result: 'failed' })), 'schemas not read'),
      ],
    },
    {
      title: 'Wrong keys and tokens',
      normal: 'Next to none.',
      otherwise: 'Many limited: somebody tries keys; many refused: somebody runs with a key that was revoked.',
      shape: 'lines',
      unit: unitOfRate('authenticationFailures'),
      runbook: 'intake-rejected',
      width: 12,
      queries: [query(sum(rate('authenticationFailures'), ['answer']), '{{answer}}')],
    },
  ],
};

const matching: RowDefinition = {
  question: 'Who asked for it, and what is made of it?',
  panels: [
    {
      title: 'Messages by what the matcher found',
      normal: 'As many matched as usual; repeats seldom.',
      otherwise: 'All of a sudden nobody: were endpoints deleted, or filters changed?',
      shape: 'stacked',
      unit: unitOfRate('messagesMatched'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(rate('messagesMatched'), ['result']), '{{result}}')],
    },
    {
      title: 'Deliveries made of a message',
      normal: 'About the number of endpoints that an application has.',
      otherwise: 'A jump multiplies all the work behind it.',
      shape: 'lines',
      unit: unitOf('deliveriesMade'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [
        query(
          `${sum(rate('deliveriesMade'))} / ${sum(rate('messagesMatched', { result: 'matched' }))}`,
          'deliveries a message',
        ),
        query(sum(rate('filterFailures'), ['reason']), 'filters that say nothing, {{reason}}'),
      ],
    },
    {
      title: 'Transformations',
      normal: 'Made or declined, within milliseconds.',
      otherwise: 'Faults belong to the code of the endpoint; a rise of time to too few workers, or to one application.',
      shape: 'lines',
      unit: unitOfRate('transformations'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [query(sum(rate('transformations'), ['outcome']), '{{outcome}}')],
    },
  ],
};

const attempts: RowDefinition = {
  question: 'How do attempts go?',
  panels: [
    {
      title: 'First attempts by how well their endpoint was',
      normal: 'To healthy endpoints nearly all in time.',
      otherwise: 'Late to healthy ones is ours; failed ones are the row of outcomes on the overview.',
      shape: 'stacked',
      unit: unitOfRate('firstAttempts'),
      runbook: 'delivered-in-time-burn',
      width: 8,
      queries: [query(sum(rate('firstAttempts'), ['endpoint', 'result']), '{{endpoint}}, {{result}}')],
    },
    {
      title: 'Time of an attempt',
      normal: 'Those that failed take longer: they wait for an answer that does not come.',
      otherwise: 'Delivered ones slower by much: a large customer is slow, or our way out is.',
      shape: 'lines',
      unit: unitOf('attemptDuration'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [
        query(quantile(0.5, 'attemptDuration', ['outcome']), '{{outcome}}, half'),
        query(quantile(0.99, 'attemptDuration', ['outcome']), '{{outcome}}, 99 %'),
      ],
    },
    {
      title: 'Under way, and in lanes',
      normal: 'Far fewer in lanes than a process may hold.',
      otherwise: 'Lanes that fill while few requests are under way: a pace or a breaker holds them.',
      shape: 'lines',
      unit: unitOf('inFlight'),
      runbook: 'egress-pool-exhausted',
      width: 8,
      queries: [
        query(sum(gauge('inFlight')), 'requests under way'),
        query(sum(gauge('queued')), 'deliveries in lanes'),
      ],
    },
  ],
};

const lanes: RowDefinition = {
  question: 'What is held back, and what ends without an attempt?',
  panels: [
    {
      title: 'Lanes by state',
      normal: 'Nearly all closed: everything passes.',
      otherwise: 'Many open at once: see whether it is our way out. Disabled ones grow: their owners were told.',
      shape: 'stacked',
      unit: unitOf('lanes'),
      runbook: 'endpoints-failing',
      width: 8,
      queries: [query(sum(gauge('lanes'), ['state']), '{{state}}')],
    },
    {
      title: 'Part of the lanes that is not closed',
      normal: 'A few per cent.',
      otherwise: 'A rise without a change of ours is a large customer that is down, or our way out.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [[0.2, 'yellow']],
      runbook: 'egress-broken',
      width: 8,
      queries: [
        query(`1 - ${sum(gauge('lanes', { state: 'closed' }))} / clamp_min(${sum(gauge('lanes'))}, 1)`, 'not closed'),
      ],
    },
    {
      title: 'Ended without being delivered',
      normal: 'What customers asked for: declined, superseded, expired, cancelled with their endpoint.',
      otherwise: 'Expired grows: deliveries wait longer than their event type allows.',
      shape: 'lines',
      unit: unitOfRate('declined'),
      runbook: 'backlog-old',
      width: 8,
      queries: [
        query(sum(rate('declined')), 'declined'),
        query(sum(rate('superseded')), 'superseded'),
        query(sum(rate('expired'), ['noticed']), 'expired, noticed at {{noticed}}'),
        query(sum(rate('cancelled')), 'cancelled'),
      ],
    },
  ],
};

export const PIPELINE: DashboardDefinition = {
  uid: 'signpost-pipeline',
  title: 'Signpost: the way of a delivery',
  about:
    'Stage by stage in the order in which a delivery meets them: which of them is slow, or loses nothing but time.',
  variables: ['datasource', 'job'],
  rows: [time, intake, matching, attempts, lanes],
};
