import type { DashboardDefinition, RowDefinition } from './definition.js';
import { graph, ofChosen, shown, step, table } from './sql.js';

/** How an attempt ended, in the numbers that the log's index has between endpoint and id: see results.ts there. */
const FAILURES = [0, 3, 4, 5, 9];
const DELIVERED = [2];

const attempts = (results: readonly number[], columns: string): string =>
  ofChosen({ table: 'attempts', by: 'result', values: results, columns, id: ['id', 'atmpt'] });
/** How a delivery stands, in the numbers that the log's index has. */
const deliveries = (statuses: readonly number[], columns: string): string =>
  ofChosen({ table: 'deliveries', by: 'status', values: statuses, columns, id: ['message_id', 'msg'] });
const LETTERS = `dead_letters WHERE endpoint_id IN (\${endpoint:sqlstring}) AND dead AND ${shown('id', 'dl')}`;

const state: RowDefinition = {
  question: 'What is it, and is it on?',
  panels: [
    {
      title: 'Endpoints',
      normal: 'Neither disabled nor paused.',
      otherwise:
        'Disabled by us: it failed for days, and its owner was told. Enable it once it is well; what is parked follows.',
      shape: 'table',
      unit: 'short',
      runbook: 'endpoints-failing',
      width: 24,
      columnUnits: { created: 'dateTimeFromNow', changed: 'dateTimeFromNow' },
      queries: [
        table(`SELECT id AS endpoint,
  regexp_replace(substring(url FROM '^[a-z]+://[^/?#]*'), '//.*@', '//') AS origin,
  description, disabled, disabled_reason AS "disabled because", paused IS NOT NULL AS paused,
  throttle_rate AS "most a second", created_at AS created, updated_at AS changed
FROM endpoints
WHERE id IN (\${endpoint:sqlstring}) AND deleted_at IS NULL
ORDER BY id LIMIT 100`),
      ],
    },
  ],
};

const success: RowDefinition = {
  question: 'Do its attempts succeed, and how long do they take?',
  panels: [
    {
      title: 'Attempts by how they ended',
      normal: 'Delivered.',
      otherwise: 'No answer: network or time-out. 4xx: what we send, or a key of theirs. 5xx: their server.',
      shape: 'stacked',
      unit: 'short',
      runbook: 'endpoints-failing',
      width: 12,
      queries: [
        graph(`SELECT ${step('at')},
  CASE result WHEN 0 THEN 'no answer' WHEN 2 THEN 'delivered' WHEN 9 THEN 'another answer' ELSE result || 'xx' END AS metric,
  count(*) AS value
FROM ${attempts([...DELIVERED, ...FAILURES], 'at, result')}
GROUP BY 1, 2 ORDER BY 1`),
      ],
    },
    {
      title: 'Time of attempts that delivered',
      normal: 'As on other days, far below its time-out.',
      otherwise: 'Slow answers lower the pace of its lane, and what waits is parked.',
      shape: 'lines',
      unit: 's',
      runbook: 'endpoints-failing',
      width: 12,
      queries: [
        graph(
          `SELECT ${step('at')},
  percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms) / 1000 AS half,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY total_ms) / 1000 AS "99 %"
FROM ${attempts(DELIVERED, 'at, total_ms')}
GROUP BY 1 ORDER BY 1`,
        ),
      ],
    },
    {
      title: 'Where the time of an attempt goes',
      normal: 'Nearly all of it is the wait for the first byte; connections are kept.',
      otherwise: 'Connect or TLS at every attempt: it closes connections. Lookup: its DNS is slow.',
      shape: 'stacked',
      unit: 's',
      runbook: 'endpoints-failing',
      width: 12,
      queries: [
        graph(`SELECT ${step('at')},
  sum(coalesce(lookup_ms, 0)) / count(*) / 1000 AS lookup,
  sum(coalesce(connect_ms, 0)) / count(*) / 1000 AS connect,
  sum(coalesce(tls_ms, 0)) / count(*) / 1000 AS tls,
  sum(coalesce(first_byte_ms, 0)) / count(*) / 1000 AS "first byte"
FROM ${attempts([...DELIVERED, ...FAILURES], 'at, lookup_ms, connect_ms, tls_ms, first_byte_ms')}
GROUP BY 1 ORDER BY 1`),
      ],
    },
    {
      title: 'Why attempts failed',
      normal: 'Nothing, or what its owner knows of.',
      otherwise: 'The first line is what to tell its owner.',
      shape: 'table',
      unit: 'short',
      runbook: 'endpoints-failing',
      width: 12,
      columnUnits: { last: 'dateTimeFromNow' },
      queries: [
        table(`SELECT reason, status, count(*) AS attempts, max(at) AS last, max(message_id) AS "latest message"
FROM ${attempts(FAILURES, 'at, reason, status, message_id')}
GROUP BY reason, status ORDER BY attempts DESC LIMIT 20`),
      ],
    },
  ],
};

const owed: RowDefinition = {
  question: 'What is owed to it still?',
  panels: [
    {
      title: 'Deliveries of messages of this time, by state',
      normal: 'Delivered, but for the last moments.',
      otherwise: 'Waiting is for a retry, parked for the endpoint to be on, or well.',
      shape: 'table',
      unit: 'short',
      runbook: 'endpoints-failing',
      width: 12,
      columnUnits: { 'next attempt': 'dateTimeFromNow' },
      queries: [
        table(`SELECT state, count(*) AS deliveries, max(attempts) AS "most attempts", min(next_attempt_at) AS "next attempt"
FROM ${deliveries([0, 1, 2, 3, 4], 'state, attempts, next_attempt_at')}
GROUP BY state ORDER BY deliveries DESC`),
      ],
    },
    {
      title: 'Longest owed',
      normal: 'What waits for its next attempt.',
      otherwise: 'Without a next attempt it is parked, or on its way: ask `signpost explain` for the message.',
      shape: 'table',
      unit: 'short',
      runbook: 'backlog-old',
      width: 12,
      columnUnits: { 'next attempt': 'dateTimeFromNow' },
      queries: [
        table(`SELECT message_id AS message, event_type AS "event type", state, attempts, next_attempt_at AS "next attempt"
FROM ${deliveries([1, 3], 'message_id, event_type, state, attempts, next_attempt_at')}
ORDER BY message_id LIMIT 20`),
      ],
    },
  ],
};

const died: RowDefinition = {
  question: 'What died?',
  panels: [
    {
      title: 'Dead letters that nobody has sent again, by reason',
      normal: 'None.',
      otherwise: 'Once the endpoint is well: `signpost redrive`, with a dry run first.',
      shape: 'table',
      unit: 'short',
      runbook: 'redrive',
      width: 12,
      columnUnits: { first: 'dateTimeFromNow', last: 'dateTimeFromNow' },
      queries: [
        table(`SELECT reason, reason_class AS class, count(*) AS letters, min(dead_at) AS first, max(dead_at) AS last
FROM ${LETTERS}
GROUP BY reason, reason_class ORDER BY letters DESC`),
      ],
    },
    {
      title: 'The latest of them',
      normal: 'None.',
      otherwise: '`signpost dlq show` has all that is known of one.',
      shape: 'table',
      unit: 'short',
      runbook: 'dead-letters',
      width: 12,
      columnUnits: { died: 'dateTimeFromNow' },
      queries: [
        table(`SELECT dead_at AS died, delivery_id AS delivery, event_type AS "event type", reason, last_failure AS "last failure", attempts
FROM ${LETTERS}
ORDER BY id DESC LIMIT 20`),
      ],
    },
  ],
};

export const ENDPOINT: DashboardDefinition = {
  uid: 'signpost-endpoint',
  title: 'Signpost: one application or endpoint',
  about:
    'What the delivery log knows of the endpoints of one application, of the messages and attempts of the time shown.',
  variables: ['database', 'application', 'endpoint'],
  rows: [state, success, owed, died],
};
