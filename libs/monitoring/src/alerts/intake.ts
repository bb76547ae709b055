import { GROUPS } from '@signpost/observability';
import { series } from '../promql/series.js';
import { above, atLeast } from '../rules/condition.js';
import { HOUR, MINUTE } from '../rules/pace.js';
import type { AlertDefinition } from './alert.js';

/** A few are always wrong; one in twenty is a service that has changed. */
const REJECTED_SHARE = 0.05;
const LEAST_REJECTED = 20;

const increase = (selector: string, range: string): string => `sum(increase(${selector}[${range}]))`;
/** What ingest cannot read is its producers' and counted as rejected. */
const OUR_READERS = GROUPS.filter((group) => group !== 'ingest');
const fromKafka = { source: 'kafka' } as const;

/** What comes in and cannot be taken as it should. */
export const INTAKE_ALERTS: readonly AlertDefinition[] = [
  {
    name: 'IntakeRejected',
    severity: 'ticket',
    conditions: (pace) => {
      const range = pace.duration(30 * MINUTE);
      const rejected = increase(series('messagesRejected', fromKafka), range);
      const accepted = increase(series('messagesAccepted', fromKafka), range);
      return [above(`${rejected} / (${rejected} + ${accepted})`, REJECTED_SHARE), atLeast(rejected, LEAST_REJECTED)];
    },
    forSeconds: 5 * MINUTE,
    summary: '{{ $value | humanizePercentage }} of the events from Kafka topics are refused',
    description:
      'A service of the platform writes events that cannot be read or accepted. They are kept with the reason, and reach no customer until they are corrected and sent on. Who publishes by HTTP is told with the answer.',
  },
  {
    name: 'IntakeUnchecked',
    severity: 'ticket',
    conditions: (pace) => {
      const range = pace.duration(10 * MINUTE);
      const keys = increase(series('idempotencyKeys', { result: 'unchecked' }), range);
      return [above(`${keys} + ${increase(series('eventIds', { result: 'unchecked' }), range)}`, 0)];
    },
    forSeconds: 15 * MINUTE,
    summary: '{{ $value | humanize }} requests were not checked for repeats',
    description:
      'Intake cannot ask PostgreSQL what it was sent before, and takes everything in: a client that repeats itself is left to the memory of the matcher.',
  },
  {
    name: 'SchemaUnusable',
    severity: 'ticket',
    conditions: (pace) => [above(increase(series('payloadsChecked', { result: 'unusable' }), pace.duration(HOUR)), 0)],
    forSeconds: 0,
    summary: '{{ $value | humanize }} payloads could not be checked, since a schema cannot be used',
    description:
      'An event type has a schema from before schemas were looked at. Its payloads are let through, whatever was asked for.',
  },
  {
    name: 'RecordsUnreadable',
    severity: 'ticket',
    conditions: (pace) => [
      above(`sum by (group) (increase(${series('unreadable', { group: OUR_READERS })}[${pace.duration(HOUR)}]))`, 0),
    ],
    forSeconds: 0,
    summary: '{{ $value | humanize }} records in our own topics could not be read by {{ $labels.group }}',
    description:
      "Somebody else wrote to Signpost's topics, or a process is older than the one that wrote. The records are set aside, not lost.",
  },
];
