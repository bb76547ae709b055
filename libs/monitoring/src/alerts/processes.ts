import { METRICS } from '@signpost/observability';
import { series } from '../promql/series.js';
import { above, either, found, on } from '../rules/condition.js';
import { MINUTE } from '../rules/pace.js';
import type { AlertDefinition } from './alert.js';
import { EVENT_LOOP_DELAY, UP } from './selectors.js';

/** A promise is 5 s; a process that answers nobody for half a second at a time uses up a tenth of it at every turn. */
const BLOCKED_SECONDS = 0.5;
/** A record now and then is produced again; one a second is a broker in trouble. */
const RESENDS_PER_SECOND = 1;

/** Of a role that runs nowhere; `role` tells which. */
const absentRoles = either(
  ...METRICS.processRole.labels.role.map(
    (role) => `label_replace(absent(${series('processRole', { role })} == 1), "role", "${role}", "", "")`,
  ),
);

/** Processes as such. */
export const PROCESS_ALERTS: readonly AlertDefinition[] = [
  {
    name: 'ProcessDown',
    severity: 'page',
    conditions: () => [found(absentRoles)],
    forSeconds: 3 * MINUTE,
    summary: 'No {{ $labels.role }} runs, or none can be scraped',
    description: 'Every role is needed. What a role should do waits, and is done once it runs again.',
  },
  {
    name: 'ProcessDown',
    severity: 'ticket',
    conditions: () => [{ vector: UP, compare: { with: '==', bound: 0 }, join: 'and' }],
    forSeconds: 5 * MINUTE,
    summary: '{{ $labels.instance }} cannot be scraped',
    description:
      'One process is down, hangs, or does not answer Prometheus. Others of its role have taken its work over; what is left of them may be too few.',
  },
  {
    name: 'EventLoopBlocked',
    severity: 'ticket',
    conditions: () => [above(EVENT_LOOP_DELAY, BLOCKED_SECONDS)],
    forSeconds: 5 * MINUTE,
    summary: 'The event loop of {{ $labels.instance }} is blocked for {{ $value | humanizeDuration }} at a time',
    description:
      'The one thread of that process is taken up for long stretches: everything that it does is late by as much, its answers to the broker included.',
  },
  {
    name: 'ProducerResends',
    severity: 'ticket',
    conditions: (pace) => [
      above(
        `sum by (instance) (rate(${series('producerResends')}[${pace.duration(10 * MINUTE)}]))`,
        RESENDS_PER_SECOND,
      ),
    ],
    forSeconds: 10 * MINUTE,
    summary: '{{ $labels.instance }} produces {{ $value | humanize }} records a second again',
    description:
      'Kafka does not confirm in time what it is given. Nothing is lost; everything is slower, and some of it comes twice.',
  },
  {
    name: 'EgressPoolExhausted',
    severity: 'ticket',
    conditions: () => [
      above(series('socketsAwaited'), 0),
      on(['instance'], found(`sum without (state) (${series('sockets')}) >= ${series('socketsLimit')}`)),
    ],
    forSeconds: 5 * MINUTE,
    summary: '{{ $value | humanize }} requests of {{ $labels.instance }} wait for a connection',
    description:
      'That dispatcher has as many connections to endpoints as it may: attempts of well endpoints wait for those of slow ones. Beyond EGRESS_MAX_WAITING they fail for a fault of ours.',
  },
];
