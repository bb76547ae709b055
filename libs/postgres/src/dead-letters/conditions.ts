import { lowestId } from '@signpost/domain';
import type { DeadLetterSelection } from '@signpost/ports';
import { deliveryRange } from '../delivery-log/days.js';
import { idTime, Where } from '../delivery-log/where.js';
import { causesFor } from './causes.js';

/** Whose letters: with the endpoint or the application the organisation as well, so that nobody sees another's. */
export function scopeOf(
  { organisationId, applicationId, endpointId }: DeadLetterSelection,
  where = new Where(),
): Where {
  return where
    .andIf(endpointId, 'endpoint_id = ?')
    .andIf(applicationId, 'application_id = ?')
    .and('organisation_id = ?', organisationId);
}

/** All that a selection asks, as conditions of one row. */
export function conditionsOf(selection: DeadLetterSelection, where = new Where()): Where {
  const { eventTypes, statuses, state, messageIds, deliveryIds } = selection;
  scopeOf(selection, where)
    .andIf(state === undefined ? undefined : state === 'dead', 'dead = ?')
    .and('cause = ANY (?::smallint[])', causesFor(selection))
    .andIf(eventTypes, 'event_type = ANY (?::text[])')
    .andIf(statuses, 'last_status = ANY (?::smallint[])')
    .andIf(deliveryIds, 'delivery_id = ANY (?::text[])');
  if (messageIds !== undefined) ofMessages(where, messageIds);
  return diedIn(selection, where);
}

/** Ids carry the time of death. */
export function diedIn({ since, until }: Pick<DeadLetterSelection, 'since' | 'until'>, where: Where): Where {
  return where
    .andIf(since && lowestId('dl', idTime(since)), 'id >= ?')
    .andIf(until && lowestId('dl', idTime(until)), 'id < ?');
}

/** A message's deliveries are neighbours in the primary key. */
function ofMessages(where: Where, messageIds: readonly string[]): void {
  const ranges = messageIds.flatMap((id) => {
    const range = deliveryRange(id);
    return range === undefined ? [] : [{ id, ...range }];
  });
  const arrays = [ranges.map(({ from }) => from), ranges.map(({ to }) => to), ranges.map(({ id }) => id)];
  const [from = '', to = '', id = ''] = arrays.map((values) => `${where.parameter(values)}::text[]`);
  where.andThat(`(delivery_id, redelivery) IN (
    SELECT of.delivery_id, of.redelivery FROM unnest (${from}, ${to}, ${id}) AS m (first, beyond, id)
    CROSS JOIN LATERAL (
      SELECT delivery_id, redelivery FROM dead_letters
      WHERE delivery_id >= m.first COLLATE "C" AND delivery_id < m.beyond COLLATE "C" AND message_id = m.id
    ) of)`);
}
