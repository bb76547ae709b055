import {
  deliveryIdOf,
  lowestId,
  timeOfId,
  type ApplicationId,
  type DeliveryStatus,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import type { DeliveryFilter, LogPage, LogRange, LogRows } from '@signpost/ports';
import { hasLabel, labelledIds, labelsIn, LOOKED_AT, MESSAGE_LABELS } from './labels.js';
import { DELIVERY, type DeliveryRow } from './logged-rows.js';
import { mergedList } from './merged-list.js';
import { ordered, type Query } from './query.js';
import { STATUSES } from './results.js';
import { earliestAfter, readSpans, spansOf, type Span } from './spans.js';
import { idTime, Where } from './where.js';

type Asked = DeliveryFilter & { readonly applicationId: ApplicationId };

/** Deliveries by endpoint, in the order of their messages' ids: a delivery's own id has the same time, and so the same day. */
export class DeliveryLists {
  constructor(
    private readonly query: Query,
    /** For what an index holds in the order that is asked for. */
    private readonly inOrder: Query,
  ) {}

  async ofEndpoint(endpointId: EndpointId, page: LogPage, asked: Asked): Promise<LogRows<DeliveryRow>> {
    const { messageIds } = asked;
    if (messageIds !== undefined) return { rows: await this.among(messageIds, endpointId, page, asked) };
    if (labelsIn(asked).length > 0) return this.labelled(endpointId, page, asked);
    const spans = spansOf(page, earliestAfter(endpointId), Date.now());
    const read = (span: Span, limit: number) => this.merged(endpointId, { ...page, limit }, asked, span);
    return { rows: await readSpans(spans, page.limit, read) };
  }

  async counts(endpointId: EndpointId, { since, until }: LogRange): Promise<Readonly<Record<DeliveryStatus, number>>> {
    const where = new Where()
      .and('endpoint_id = ?', endpointId)
      .and('status = s.value AND message_id >= ?', lowestId('msg', idTime(since)))
      .and('message_id < ?', lowestId('msg', idTime(until)));
    // One count for each status reads nothing but one part of one index.
    const rows = await this.query<{ value: number; count: string }>(
      `SELECT s.value, (SELECT count(*) FROM deliveries WHERE ${where.sql}) AS count
       FROM unnest(${where.parameter(Object.values(STATUSES))}::smallint[]) AS s (value)`,
      where,
    );
    const of = (status: DeliveryStatus) => Number(rows.find(({ value }) => value === STATUSES[status])?.count ?? 0);
    return {
      success: of('success'),
      pending: of('pending'),
      fail: of('fail'),
      sending: of('sending'),
      canceled: of('canceled'),
    };
  }

  private merged(endpointId: EndpointId, page: LogPage, asked: Asked, span: Span): Promise<readonly DeliveryRow[]> {
    const { applicationId, eventTypes, statuses } = asked;
    const where = new Where()
      .and('endpoint_id = ?', endpointId)
      .and('application_id = ?', applicationId)
      .page('message_id', 'msg', page)
      .span('id', 'dlv', span);
    withinDays(where, page);
    const values = (statuses ?? STATUS_NAMES).map((status) => STATUSES[status]);
    const keys = [{ column: 'status', type: 'smallint', values } as const];
    const types = eventTypes && ({ column: 'event_type', type: 'text', values: eventTypes } as const);
    const list = {
      columns: DELIVERY,
      table: 'deliveries',
      keys: types === undefined ? keys : [types, ...keys],
      order: 'message_id',
      prefix: 'msg',
    } as const;
    return this.inOrder<DeliveryRow>(mergedList(list, where, page, span), where);
  }

  /** Of messages with a channel or a tag: looked for among the next so many of those. */
  private async labelled(endpointId: EndpointId, page: LogPage, asked: Asked): Promise<LogRows<DeliveryRow>> {
    const { channel: _, tag, ...rest } = asked;
    const [label = '', another] = labelsIn(asked);
    const { sql, where } = labelledIds(MESSAGE_LABELS, asked.applicationId, label, page, LOOKED_AT);
    const ids = (await this.inOrder<{ id: MessageId }>(sql, where)).map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) return { rows: [] };
    const further = another === undefined || tag === undefined ? rest : { ...rest, tag };
    const rows = await this.among(ids, endpointId, page, further);
    return rows.length >= page.limit || ids.length < LOOKED_AT ? { rows } : { rows, stoppedAt: last };
  }

  /** The deliveries of these messages that fit: their ids follow from the messages'. */
  private among(messageIds: readonly MessageId[], endpointId: EndpointId, page: LogPage, asked: Asked) {
    const ids = messageIds.map((messageId) => deliveryIdOf(messageId, endpointId));
    const where = new Where()
      .and('id = ANY (?::text[])', ids)
      .and('application_id = ?', asked.applicationId)
      .page('message_id', 'msg', page)
      .andIf(
        asked.statuses?.map((status) => STATUSES[status]),
        'status = ANY (?::smallint[])',
      )
      .andIf(asked.eventTypes, 'event_type = ANY (?::text[])');
    for (const label of labelsIn(asked)) where.and(HAS_LABEL, label);
    const sql = `SELECT ${DELIVERY} FROM deliveries WHERE ${where.sql} ${ordered('message_id', page)}`;
    return this.query<DeliveryRow>(sql, where);
  }
}

/** The page's bounds again, of the ids that name the days. */
function withinDays(where: Where, page: LogPage): void {
  const { beyond, ...times } = page;
  where.page('id', 'dlv', times);
  const atMs = beyond === undefined ? undefined : timeOfId(beyond);
  if (atMs === undefined) return;
  where.span('id', 'dlv', page.order === 'ascending' ? { fromMs: atMs } : { toMs: atMs + 1 });
}

const STATUS_NAMES = Object.keys(STATUSES) as readonly DeliveryStatus[];
const HAS_LABEL = hasLabel(MESSAGE_LABELS, { owner: 'deliveries.application_id', id: 'deliveries.message_id' });
