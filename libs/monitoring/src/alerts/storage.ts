import { series } from '../promql/series.js';
import { above, found, on, unless } from '../rules/condition.js';
import { MINUTE } from '../rules/pace.js';
import type { AlertDefinition } from './alert.js';
import { greatest, since } from './selectors.js';

/** The account is counted every fifteen seconds, of minutes that are some minutes old. */
const UNSETTLED_SECONDS = 30 * MINUTE;
/** A change reaches Kafka within a second. */
const OUTBOX_SECONDS = MINUTE;

const handedOver = series('redeliveriesAsked', { by: ['recover', 'trial', 'rejected'] });

/** What PostgreSQL holds, and what is owed to it. */
export const STORAGE_ALERTS: readonly AlertDefinition[] = [
  {
    name: 'AccountDifference',
    severity: 'page',
    conditions: () => [above(greatest(series('accountDifference'), ['kind']), 0)],
    forSeconds: 5 * MINUTE,
    summary: '{{ $value | humanize }} messages or deliveries are unaccounted for ({{ $labels.kind }})',
    description:
      'Every accepted message ends in one fate for each endpoint that asked for it. These do not: they may be lost, or sent twice.',
  },
  {
    name: 'AccountUnsettled',
    severity: 'ticket',
    // Its time is the account's own, which a drill cannot hurry.
    conditions: () => [above(since('accountSettled'), UNSETTLED_SECONDS)],
    forSeconds: 20 * MINUTE,
    summary: 'For half an hour nobody could say that everything is accounted for',
    description:
      'The account could not be counted up to now: something is behind, or no recorder counts. Nothing is known to be lost, and nothing would be noticed.',
  },
  {
    name: 'OutboxBehind',
    severity: 'page',
    conditions: (pace) => [above(greatest(series('outboxOldest')), pace.seconds(OUTBOX_SECONDS))],
    forSeconds: 5 * MINUTE,
    summary: 'A change of the control plane has not reached Kafka for {{ $value | humanizeDuration }}',
    description:
      'Endpoints that were created, changed, enabled or deleted are not so for matcher and dispatchers: customers get what they switched off, and miss what they asked for.',
  },
  {
    name: 'RecoveryStuck',
    severity: 'ticket',
    conditions: (pace) => [
      above(greatest(series('recoveries', { state: 'running' })), 0),
      above(greatest(series('recoveryDeliveries', { progress: 'left' })), 0),
      unless(above(`sum(increase(${handedOver}[${pace.duration(30 * MINUTE)}]))`, 0)),
    ],
    forSeconds: 30 * MINUTE,
    summary: '{{ $value | humanize }} recoveries run and hand nothing over',
    description:
      'A re-drive, replay or recovery goes on and nothing of it moves: it waits for an endpoint that is not healthy, or no api process works on it.',
  },
  {
    name: 'DatabasePoolExhausted',
    severity: 'ticket',
    conditions: () => [
      above(series('databaseAwaited'), 0),
      on(
        ['instance', 'pool'],
        found(`${series('databaseConnections', { state: 'busy' })} >= ignoring (state) ${series('databaseLimit')}`),
      ),
    ],
    forSeconds: 5 * MINUTE,
    summary:
      '{{ $value | humanize }} queries wait for a connection of the pool {{ $labels.pool }} in {{ $labels.instance }}',
    description:
      'All connections of a pool are busy: the API answers slowly, or the delivery log is written slowly. PostgreSQL is slow, or the pool is small for its load.',
  },
];
