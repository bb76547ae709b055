import { series } from '../promql/series.js';
import { above, atLeast, either, on, unless } from '../rules/condition.js';
import { DAY, HOUR, MINUTE } from '../rules/pace.js';
import type { AlertDefinition } from './alert.js';
import { greatest } from './selectors.js';

/** From so many origins on, that most of them fail at once is no accident of theirs. */
const LEAST_ORIGINS = 10;
const MOST_UNREACHABLE = 0.8;
/** Some endpoints always fail. That every second does, and ten at least, is one cause, not many. */
const MOST_FAILING = 0.5;
const LEAST_ENDPOINTS = 10;
/** Customers' dead letters come with their outages; what they usually are is different everywhere. */
const UNUSUAL_TIMES = 5;
const LEAST_DEAD_LETTERS = 100;

/** Of what a dispatcher tried lately: by process, since the network of one host may be the broken one. */
const share = (part: string, all: string): string => `${part} / ignoring (state) sum without (state) (${all})`;
const unreachable = share(series('originsRecent', { state: 'unreachable' }), series('originsRecent'));
const failing = share(series('endpointsRecent', { state: 'failing' }), series('endpointsRecent'));

const deadOf = (range: string, offset = ''): string =>
  `sum(rate(${series('deadLetters', { class: 'customer' })}[${range}]${offset}))`;

/** Whether it is them or us, and what was given up. */
export const ENDPOINT_ALERTS: readonly AlertDefinition[] = [
  {
    name: 'EgressBroken',
    severity: 'page',
    conditions: (pace) => [
      above(unreachable, MOST_UNREACHABLE),
      // An open breaker asks every few minutes only: of what was unreachable, few are tried at any time.
      on(
        ['instance'],
        atLeast(
          `max_over_time(${series('originsRecent', { state: 'unreachable' })}[${pace.duration(10 * MINUTE)}])`,
          LEAST_ORIGINS,
        ),
      ),
    ],
    forSeconds: 2 * MINUTE,
    summary: 'From {{ $labels.instance }} {{ $value | humanizePercentage }} of all origins cannot be reached',
    description:
      'Many hosts of different owners do not answer at once: the way out of this dispatcher is broken, not theirs. Every delivery fails there, spends its retries, and in days dies.',
  },
  {
    name: 'EndpointsFailing',
    severity: 'ticket',
    conditions: () => [
      above(failing, MOST_FAILING),
      on(['instance'], atLeast(series('endpointsRecent', { state: 'failing' }), LEAST_ENDPOINTS)),
      unless(above(unreachable, MOST_UNREACHABLE)),
    ],
    forSeconds: 10 * MINUTE,
    summary: '{{ $value | humanizePercentage }} of the endpoints that {{ $labels.instance }} tried fail',
    description:
      'Most endpoints fail while their hosts answer: either something that many of them share is down, or what we send is refused everywhere (signatures, a certificate, a changed payload).',
  },
  {
    name: 'DeadLetterGrowth',
    severity: 'page',
    conditions: (pace) => [
      above(
        `sum by (reason) (increase(${series('deadLetters', { class: 'platform' })}[${pace.duration(15 * MINUTE)}]))`,
        0,
      ),
    ],
    forSeconds: 0,
    labels: { class: 'platform' },
    summary: '{{ $value | humanize }} deliveries were given up ({{ $labels.reason }}) for a fault of ours',
    description:
      'Deliveries were dead-lettered for which no customer can do anything. None is lost: once the cause is gone they are sent again.',
  },
  {
    name: 'DeadLetterGrowth',
    severity: 'ticket',
    conditions: (pace) => [
      above(
        either(
          `${deadOf(pace.duration(HOUR))} / (${deadOf(pace.duration(DAY), ` offset ${pace.duration(HOUR)}`)} > 0)`,
          `${deadOf(pace.duration(HOUR))} * Inf`,
        ),
        UNUSUAL_TIMES,
      ),
      atLeast(`${deadOf(pace.duration(HOUR))} * ${String(pace.seconds(HOUR))}`, LEAST_DEAD_LETTERS),
    ],
    forSeconds: 5 * MINUTE,
    labels: { class: 'customer' },
    summary: 'Far more deliveries are given up than on the day before',
    description:
      'Receivers refused deliveries until their schedules ended, at more than five times the usual rate. Their owners are told; somebody may want to help.',
  },
  {
    name: 'CertificateExpiry',
    severity: 'page',
    conditions: () => [
      above(
        greatest(series('certificates', { use: ['kafka', 'database'], ends: ['past', 'within-7d'] }), ['use', 'ends']),
        0,
      ),
    ],
    forSeconds: 5 * MINUTE,
    summary: "Signpost's own certificate for {{ $labels.use }} ends within 7 days, or has ended ({{ $labels.ends }})",
    description: 'With it no process connects any more: intake, delivery and the log stop with the next reconnection.',
  },
  {
    name: 'CertificateExpiry',
    severity: 'ticket',
    conditions: () => [
      above(
        either(
          greatest(series('certificates', { use: 'endpoint-client', ends: 'within-7d' }), ['use', 'ends']),
          greatest(series('certificates', { use: ['kafka', 'database'], ends: 'within-30d' }), ['use', 'ends']),
        ),
        0,
      ),
    ],
    forSeconds: HOUR,
    summary: '{{ $value | humanize }} certificates for {{ $labels.use }} end soon ({{ $labels.ends }})',
    description:
      "An endpoint's client certificate that has ended is refused by its receiver: the owner has to give a new one. Our own are replaced in the secrets of the processes.",
  },
];
