import type { MetricDefinition } from './definition.js';

/** What a process is made of, and how near it is to its bounds; Node's own are beside them. A part of METRICS. */
export const PROCESS_METRICS = {
  processRole: {
    kind: 'gauge',
    name: 'signpost_process_role',
    unit: 'roles',
    help: '1 for each role that runs in this process.',
    labels: {
      role: ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'],
    },
  },
  eventLoopUtilization: {
    kind: 'gauge',
    name: 'signpost_event_loop_utilization_ratio',
    unit: 'ratio',
    help: "How much of the time since the scrape before this process's one thread was at work.",
    labels: {},
  },
  sockets: {
    kind: 'gauge',
    name: 'signpost_egress_connections',
    unit: 'connections',
    help: 'Connections to endpoints, by whether a request is under way on them.',
    labels: { state: ['busy', 'idle'] },
  },
  socketsLimit: {
    kind: 'gauge',
    name: 'signpost_egress_connections_limit',
    unit: 'connections',
    help: 'Connections to endpoints that this process may have at once.',
    labels: {},
  },
  socketsAwaited: {
    kind: 'gauge',
    name: 'signpost_egress_requests_waiting',
    unit: 'requests',
    help: 'Requests that wait for a connection.',
    labels: {},
  },
  databaseConnections: {
    kind: 'gauge',
    name: 'signpost_database_connections',
    unit: 'connections',
    help: 'Connections to PostgreSQL, by the pool they belong to, and by whether a query is under way on them.',
    labels: { pool: ['log', 'lists', 'intake', 'control-plane'], state: ['busy', 'idle'] },
  },
  databaseLimit: {
    kind: 'gauge',
    name: 'signpost_database_connections_limit',
    unit: 'connections',
    help: 'Connections to PostgreSQL that a pool may have at once.',
    labels: { pool: ['log', 'lists', 'intake', 'control-plane'] },
  },
  databaseAwaited: {
    kind: 'gauge',
    name: 'signpost_database_queries_waiting',
    unit: 'requests',
    help: 'Queries that wait for a connection of their pool.',
    labels: { pool: ['log', 'lists', 'intake', 'control-plane'] },
  },
  recorderWriteDuration: {
    kind: 'histogram',
    name: 'signpost_recorder_write_duration_seconds',
    unit: 'seconds',
    help: 'Seconds that a batch took to be written to the delivery log, tries that failed included.',
    labels: {},
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  certificates: {
    kind: 'gauge',
    name: 'signpost_certificates',
    unit: 'certificates',
    help: 'Holders of certificates that Signpost shows to others, by how long what they hold is still good for: endpoints with a client certificate, as each api knows them (take the maximum), and the process itself for Kafka and PostgreSQL.',
    labels: { use: ['endpoint-client', 'kafka', 'database'], ends: ['past', 'within-7d', 'within-30d', 'later'] },
  },
  spansDropped: {
    kind: 'counter',
    name: 'signpost_trace_spans_dropped_total',
    unit: 'spans',
    help: 'Spans that were not handed to the collector: no room was left, or it did not take them.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
