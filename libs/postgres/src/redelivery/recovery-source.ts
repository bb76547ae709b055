import {
  deliveryIdOf,
  isTypePattern,
  lowestId,
  timeOfId,
  type ContentFilter,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import type { RecoveryKind, RecoverySelection, ReplayedState, SampledRecord } from '@signpost/ports';
import type pg from 'pg';
import { STATUSES } from '../delivery-log/results.js';
import { idTime, Where } from '../delivery-log/where.js';
import { fittingContent } from './fitting-content.js';

/** What a recovery is over. */
export interface Source {
  readonly kind: RecoveryKind;
  readonly selection: RecoverySelection;
}

/** The endpoint that is looked at, with what of it a backfill goes by. */
export interface SourceEndpoint {
  readonly id: EndpointId;
  readonly version: number;
  readonly event_types: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly filters: readonly ContentFilter[] | null;
}

/** A record of the selection, before anybody has asked whether it can be handed over. */
export interface Found extends SampledRecord {
  /** Where the next look begins: behind it. */
  readonly cursor: string;
}

export interface Look {
  /** In the order of the cursor. */
  readonly found: readonly Found[];
  /** Everything up to here was looked at. */
  readonly lookedAt: string | undefined;
  /** Nothing lies beyond. */
  readonly isEnd: boolean;
}

/** Rows that one look reads at most, so that a selection of the rare among the many takes many small steps. */
const MOST_LOOKED_AT = 2_000;

/** No record has this cursor: the first that is looked at may be the first of its millisecond. */
export function beginningOf({ kind, selection }: Source): string {
  return lowestId(kind === 'redrive' ? 'dlv' : 'msg', idTime(selection.since));
}

/** The next so many of an endpoint's, by an index that holds them in their order, whatever lies before. */
export async function lookAt(
  client: Pick<pg.ClientBase, 'query'>,
  source: Source,
  endpoint: SourceEndpoint,
  after: string,
  limit: number,
): Promise<Look> {
  const where = new Where();
  const fits = fitsOf(source, endpoint, where);
  const most = fits.length === 0 ? limit : Math.max(limit, MOST_LOOKED_AT);
  const looked = lookedAtOf(source, endpoint, after, most, where, fits.length === 0 ? 'true' : fits.join(' AND '));
  const { rows } = await client.query<LookedRow>(
    `WITH looked AS MATERIALIZED (${looked})
     SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT max (cursor) FROM looked) AS last, f.*
     FROM (SELECT) AS always
     LEFT JOIN (SELECT * FROM looked WHERE fits ORDER BY cursor LIMIT ${String(Math.trunc(limit))}) f ON true
     ORDER BY f.cursor`,
    where.values,
  );
  const found = rows.flatMap((row) => (row.cursor === null ? [] : [foundOf(row, row.cursor, endpoint.id)]));
  const isCut = found.length === limit;
  return {
    found: source.kind === 'backfill' ? await fittingContent(client, endpoint.filters, found) : found,
    lookedAt: isCut ? found.at(-1)?.cursor : (rows[0]?.last ?? undefined),
    isEnd: !isCut && (rows[0]?.looked ?? 0) < most,
  };
}

interface LookedRow {
  readonly looked: number;
  readonly last: string | null;
  readonly cursor: string | null;
  readonly id: DeliveryId | null;
  readonly message_id: MessageId;
  readonly event_type: string;
  readonly attempts: number | null;
  readonly state: SampledRecord['state'] | null;
  readonly reason: SampledRecord['reason'] | null;
}

function foundOf(row: LookedRow, cursor: string, endpointId: EndpointId): Found {
  return {
    cursor,
    deliveryId: row.id ?? deliveryIdOf(row.message_id, endpointId),
    messageId: row.message_id,
    endpointId,
    eventType: row.event_type,
    ...(row.state == null ? {} : { state: row.state }),
    ...(row.reason == null ? {} : { reason: row.reason }),
    ...(row.attempts === null ? {} : { attempts: row.attempts }),
  };
}

function lookedAtOf(
  source: Source,
  { id }: SourceEndpoint,
  after: string,
  most: number,
  where: Where,
  fits: string,
): string {
  const { kind, selection } = source;
  const limit = `LIMIT ${String(Math.trunc(most))}`;
  switch (kind) {
    case 'redrive': {
      const range = `d.id > ${where.parameter(after)} AND d.id < ${where.parameter(endOf('dlv', selection))}`;
      return `SELECT d.id AS cursor, ${DELIVERY}, ${fits} AS fits FROM deliveries d
        WHERE d.endpoint_id = ${where.parameter(id)} AND d.state = 'dead-lettered' AND ${range} ORDER BY d.id ${limit}`;
    }
    case 'replay': {
      // By the message's id, as the index has it; the delivery's own has the same time, and names the days.
      const fromMs = timeOfId(after) ?? idTime(selection.since);
      const range = `d.message_id > ${where.parameter(after)} AND d.message_id < ${where.parameter(endOf('msg', selection))}
        AND d.id >= ${where.parameter(lowestId('dlv', fromMs))} AND d.id < ${where.parameter(endOf('dlv', selection))}`;
      const endpointId = where.parameter(id);
      const lists = statusesOf(selection).map(
        (status) => `(SELECT d.message_id AS cursor, ${DELIVERY}, ${fits} AS fits FROM deliveries d
          WHERE d.endpoint_id = ${endpointId} AND d.status = ${String(status)} AND ${range} ORDER BY d.message_id ${limit})`,
      );
      return `SELECT * FROM (${lists.join(' UNION ALL ')}) l ORDER BY cursor ${limit}`;
    }
    case 'rejected':
      throw new Error('rejected records belong to no endpoint');
    case 'backfill': {
      const range = `m.id > ${where.parameter(after)} AND m.id < ${where.parameter(endOf('msg', selection))}`;
      return `SELECT m.id AS cursor, NULL AS id, m.id AS message_id, m.event_type, NULL::smallint AS attempts, NULL AS state,
          NULL AS reason, ${fits} AS fits
        FROM messages m WHERE m.application_id = ${where.parameter(selection.applicationId)} AND ${range} ORDER BY m.id ${limit}`;
    }
  }
}

const DELIVERY = 'd.id, d.message_id, d.event_type, d.attempts, d.state, d.dead_letter_reason AS reason';

export const endOf = (prefix: 'dlv' | 'msg', { until }: RecoverySelection): string => lowestId(prefix, idTime(until));

const STATUS_OF = {
  delivered: STATUSES.success,
  'dead-lettered': STATUSES.fail,
  expired: STATUSES.fail,
  superseded: STATUSES.canceled,
  declined: STATUSES.canceled,
} as const satisfies Record<ReplayedState, number>;

const statesOf = ({ states = ['delivered'] }: RecoverySelection): readonly ReplayedState[] => states;
export const statusesOf = (selection: RecoverySelection): readonly number[] => [
  ...new Set(statesOf(selection).map((state) => STATUS_OF[state])),
];

/** The states that its deliveries are in when they are found; none where it is over messages, or what never became one. */
export function sourceStatesOf({ kind, selection }: Source): readonly ReplayedState[] {
  switch (kind) {
    case 'redrive':
      return ['dead-lettered'];
    case 'replay':
      return statesOf(selection);
    case 'rejected':
    case 'backfill':
      return [];
  }
}

/** Beyond what the index is entered with: of a row `d` of `deliveries`, or `m` of `messages`. */
export function fitsOf({ kind, selection }: Source, endpoint: SourceEndpoint | undefined, where: Where): string[] {
  const { eventTypes, reasons, statuses, messageIds, deliveryIds } = selection;
  const row = kind === 'backfill' ? 'm' : 'd';
  const fits: string[] = [];
  const among = (column: string, type: string, values: readonly unknown[] | null | undefined) => {
    if (values != null) fits.push(`${column} = ANY (${where.parameter(values)}::${type}[])`);
  };
  among(`${row}.event_type`, 'text', eventTypes);
  among(kind === 'backfill' ? 'm.id' : 'd.message_id', 'text', messageIds);
  if (kind === 'backfill') {
    // What was sent to one endpoint alone, as examples are, is for no other.
    fits.push('m.only_endpoint_id IS NULL');
    // Nor is a repeat of an event that came before: that one is here as well.
    fits.push('NOT EXISTS (SELECT FROM matches r WHERE r.message_id = m.id AND r.is_repeat)');
    // As matches() in the domain has it.
    if (endpoint?.event_types != null) fits.push(asksFor('m.event_type', endpoint.event_types, where));
    if (endpoint?.channels != null) fits.push(`m.channels && ${where.parameter(endpoint.channels)}::text[]`);
    return fits;
  }
  among('d.id', 'text', deliveryIds);
  among('d.dead_letter_reason', 'text', reasons);
  if (kind === 'redrive') fits.push(...lettersOf(selection, where));
  else among(LAST_STATUS, 'smallint', statuses);
  if (kind === 'replay') among('d.state', 'text', statesOf(selection));
  return fits;
}

/** By name, or by a pattern with wildcards. */
function asksFor(column: string, asked: readonly string[], where: Where): string {
  if (!asked.some(isTypePattern)) return `${column} = ANY (${where.parameter(asked)}::text[])`;
  // Of what stands for something in LIKE, names have only the underscore.
  const patterns = asked.map((one) => one.replaceAll('_', '\\_').replaceAll('*', '%'));
  return `${column} LIKE ANY (${where.parameter(patterns)}::text[])`;
}

/** What only the index of dead letters tells. */
function lettersOf({ reasonClass, statuses, deadSince, deadUntil }: RecoverySelection, where: Where): string[] {
  if ([reasonClass, statuses, deadSince, deadUntil].every((part) => part === undefined)) return [];
  const letter = new Where(where.values)
    .andThat('l.delivery_id = d.id AND l.dead')
    .andIf(reasonClass, 'l.reason_class = ?')
    .andIf(statuses, 'l.last_status = ANY (?::smallint[])')
    .andIf(deadSince, 'l.dead_at >= ?')
    .andIf(deadUntil, 'l.dead_at < ?');
  return [`EXISTS (SELECT FROM dead_letters l WHERE ${letter.sql})`];
}

const LAST_STATUS = `(SELECT a.status FROM attempts a
  WHERE a.message_id = d.message_id AND a.delivery_id = d.id ORDER BY a.id DESC LIMIT 1)`;
