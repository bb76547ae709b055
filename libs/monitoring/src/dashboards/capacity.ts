import { series } from '../promql/series.js';
import type { DashboardDefinition, RowDefinition } from './definition.js';
import { gauge, most, quantile, query, rate, sum, THESE } from './expressions.js';
import { SHARE, unitOf, unitOfRate } from './units.js';

/** Of Node and the system, as prom-client names them; the check of queries knows them from there. */
const node = (name: string, labels: readonly string[] = []): string => `${name}{${[...THESE, ...labels].join(', ')}}`;

const thread: RowDefinition = {
  question: 'Is a process at the end of its one thread?',
  panels: [
    {
      title: 'Event loop at work',
      normal: 'Below 70 %.',
      otherwise: 'Above 90 % it cannot take more: start another process of that role.',
      shape: 'lines',
      unit: unitOf('eventLoopUtilization'),
      highest: 1,
      thresholds: [
        [0.7, 'yellow'],
        [0.9, 'red'],
      ],
      runbook: 'event-loop-blocked',
      width: 8,
      queries: [query(most(gauge('eventLoopUtilization', {}, THESE), ['instance']), '{{instance}}')],
    },
    {
      title: 'Event loop delay, slowest in a hundred',
      normal: 'Below 50 ms.',
      otherwise: 'Something takes long in one go: large payloads, schemas, transformations.',
      shape: 'lines',
      unit: 's',
      thresholds: [
        [0.1, 'yellow'],
        [1, 'red'],
      ],
      runbook: 'event-loop-blocked',
      width: 8,
      queries: [query(most(node('nodejs_eventloop_lag_p99_seconds'), ['instance']), '{{instance}}')],
    },
    {
      title: 'Processor time',
      normal: 'Somewhat more than the event loop at work.',
      otherwise: 'Much more than one: garbage collection, compression, or transformations in their threads.',
      shape: 'lines',
      unit: SHARE,
      runbook: 'event-loop-blocked',
      width: 8,
      queries: [
        query(sum(`rate(${node('process_cpu_seconds_total')}[$__rate_interval])`, ['instance']), '{{instance}}'),
      ],
    },
  ],
};

const memory: RowDefinition = {
  question: 'Does memory stay within its bounds?',
  panels: [
    {
      title: 'Resident memory',
      normal: 'Level after an hour, whatever the backlog.',
      otherwise: 'It grows for hours: take a heap snapshot before the process is ended.',
      shape: 'lines',
      unit: 'bytes',
      runbook: 'process-down',
      width: 8,
      queries: [query(most(node('process_resident_memory_bytes'), ['instance']), '{{instance}}')],
    },
    {
      title: 'Heap and buffers',
      normal: 'A saw: it falls at every great collection.',
      otherwise: 'Buffers (external) that grow are payloads: see windows and lanes.',
      shape: 'lines',
      unit: 'bytes',
      runbook: 'process-down',
      width: 8,
      queries: [
        query(most(node('nodejs_heap_size_used_bytes'), ['instance']), 'heap at {{instance}}'),
        query(most(node('nodejs_external_memory_bytes'), ['instance']), 'external at {{instance}}'),
      ],
    },
    {
      title: 'Time in garbage collection',
      normal: 'Below 5 %.',
      otherwise: 'More: the heap is too small for what is held.',
      shape: 'lines',
      unit: SHARE,
      thresholds: [
        [0.05, 'yellow'],
        [0.2, 'red'],
      ],
      runbook: 'event-loop-blocked',
      width: 8,
      queries: [
        query(sum(`rate(${node('nodejs_gc_duration_seconds_sum')}[$__rate_interval])`, ['instance']), '{{instance}}'),
      ],
    },
  ],
};

const wayOut: RowDefinition = {
  question: 'Are there connections enough?',
  panels: [
    {
      title: 'Connections to endpoints',
      normal: 'Busy ones far below the limit.',
      otherwise: 'At the limit requests wait: slow customers hold them, or there are too few dispatchers.',
      shape: 'stacked',
      unit: unitOf('sockets'),
      runbook: 'egress-pool-exhausted',
      width: 8,
      queries: [
        query(sum(gauge('sockets', {}, THESE), ['state']), '{{state}}'),
        query(sum(gauge('socketsAwaited', {}, THESE)), 'requests that wait for one'),
      ],
    },
    {
      title: 'Connections to endpoints, of the limit',
      normal: 'Below 80 %.',
      otherwise: 'Raise the limit if there is memory, or start another dispatcher.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [
        [0.8, 'yellow'],
        [0.95, 'red'],
      ],
      runbook: 'egress-pool-exhausted',
      width: 8,
      queries: [
        query(
          `${sum(gauge('sockets', { state: 'busy' }, THESE), ['instance'])} / (${sum(gauge('socketsLimit', {}, THESE), ['instance'])} > 0)`,
          '{{instance}}',
        ),
      ],
    },
    {
      title: 'Connections to PostgreSQL, of the limit',
      normal: 'Below 80 % of every pool, and nothing waits.',
      otherwise: 'Queries wait: one is slow, or the pool is too small for the processes that share it.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [
        [0.8, 'yellow'],
        [0.95, 'red'],
      ],
      runbook: 'database-pool-exhausted',
      width: 8,
      queries: [
        query(
          `${sum(gauge('databaseConnections', { state: 'busy' }, THESE), ['instance', 'pool'])} / (${sum(gauge('databaseLimit', {}, THESE), ['instance', 'pool'])} > 0)`,
          '{{pool}} at {{instance}}',
        ),
      ],
    },
    {
      title: 'Queries that wait for PostgreSQL',
      normal: 'None.',
      otherwise: 'See the pool that is full beside this.',
      shape: 'lines',
      unit: unitOf('databaseAwaited'),
      thresholds: [[1, 'yellow']],
      runbook: 'database-pool-exhausted',
      width: 12,
      queries: [query(sum(gauge('databaseAwaited', {}, THESE), ['pool']), '{{pool}}')],
    },
    {
      title: 'Files and sockets open, of what the system allows',
      normal: 'Below half.',
      otherwise: 'Raise the limit of open files before it is reached: no connection can be made then.',
      shape: 'lines',
      unit: SHARE,
      highest: 1,
      thresholds: [[0.8, 'red']],
      runbook: 'egress-pool-exhausted',
      width: 12,
      queries: [
        query(
          `${most(node('process_open_fds'), ['instance'])} / ${most(node('process_max_fds'), ['instance'])}`,
          '{{instance}}',
        ),
      ],
    },
  ],
};

const windows: RowDefinition = {
  question: 'How full are windows, lanes and workers?',
  panels: [
    {
      title: 'Read and not done, by process',
      normal: 'Far below the bound of the window.',
      otherwise: 'Near it the process reads no more: what it waits for is the board of the pipeline.',
      shape: 'lines',
      unit: unitOf('consumerWindow'),
      runbook: 'consumer-stuck',
      width: 8,
      queries: [query(sum(gauge('consumerWindow', {}, THESE), ['group', 'instance']), '{{group}} at {{instance}}')],
    },
    {
      title: 'Deliveries in lanes, and under way',
      normal: 'Evenly spread over the dispatchers.',
      otherwise: 'One with most of it has a hot endpoint: give that one shards.',
      shape: 'lines',
      unit: unitOf('queued'),
      runbook: 'egress-pool-exhausted',
      width: 8,
      queries: [
        query(sum(gauge('queued', {}, THESE), ['instance']), 'in lanes at {{instance}}'),
        query(sum(gauge('inFlight', {}, THESE), ['instance']), 'under way at {{instance}}'),
      ],
    },
    {
      title: 'Time of a transformation',
      normal: 'Some milliseconds.',
      otherwise: 'Much more: one application keeps its share of the workers busy.',
      shape: 'lines',
      unit: unitOf('transformationDuration'),
      thresholds: [[1, 'yellow']],
      runbook: 'endpoints-failing',
      width: 8,
      queries: [
        query(quantile(0.5, 'transformationDuration', [], {}, THESE), 'half'),
        query(quantile(0.99, 'transformationDuration', [], {}, THESE), '99 %'),
      ],
    },
  ],
};

const keeping: RowDefinition = {
  question: 'What runs out, and can we see at all?',
  panels: [
    {
      title: 'Certificates by how long they are good for',
      normal: 'None past, none within seven days.',
      otherwise: "An endpoint's own: tell its owner. Ours for Kafka or PostgreSQL: replace it before it ends.",
      shape: 'lines',
      unit: unitOf('certificates'),
      runbook: 'certificate-expiry',
      width: 8,
      queries: [query(sum(gauge('certificates', {}, THESE), ['use', 'ends']), '{{use}}: {{ends}}')],
    },
    {
      title: 'Busiest applications, of the last five minutes',
      normal: 'The large customers.',
      otherwise: 'One far above the others: is it a loop? Its quota at intake can be set.',
      shape: 'table',
      unit: unitOf('busiestApplications'),
      runbook: 'backlog-old',
      width: 8,
      queries: [
        query(
          `topk(10, ${sum(series('busiestApplications', {}, THESE), ['application'])})`,
          '{{application}}',
          'nothing was attempted in the last whole five minutes',
        ),
      ],
    },
    {
      title: 'How much the rankings tell of',
      normal: 'Above a half: those that are named are most of it.',
      otherwise: 'Near zero: failures, or the load, are spread over very many; naming the worst says little.',
      shape: 'lines',
      unit: unitOf('worstEndpointsShare'),
      highest: 1,
      runbook: 'endpoints-failing',
      width: 8,
      queries: [
        query(most(gauge('worstEndpointsShare', {}, THESE), ['instance']), 'failures at {{instance}}'),
        query(most(gauge('busiestApplicationsShare', {}, THESE), ['instance']), 'attempts at {{instance}}'),
      ],
    },
    {
      title: 'Time of a scrape',
      normal: 'Below 50 ms.',
      otherwise: 'A process that cannot answer in time is not seen: its event loop is blocked.',
      shape: 'lines',
      unit: 's',
      thresholds: [
        [0.2, 'yellow'],
        [1, 'red'],
      ],
      runbook: 'event-loop-blocked',
      width: 12,
      queries: [query(most(`scrape_duration_seconds{${THESE.join(', ')}}`, ['instance']), '{{instance}}')],
    },
    {
      title: 'Spans dropped',
      normal: 'Zero, also where traces are off.',
      otherwise: 'The collector does not take them: traces are missing, deliveries are not.',
      shape: 'lines',
      unit: unitOfRate('spansDropped'),
      thresholds: [[1, 'yellow']],
      runbook: 'process-down',
      width: 12,
      queries: [query(sum(rate('spansDropped', {}, THESE), ['instance']), '{{instance}}')],
    },
  ],
};

export const CAPACITY: DashboardDefinition = {
  uid: 'signpost-capacity',
  title: 'Signpost: capacity',
  about: 'How near each process is to its bounds: its thread, its memory, its connections, its windows.',
  variables: ['datasource', 'job', 'role', 'instance'],
  rows: [thread, memory, wayOut, windows, keeping],
};
