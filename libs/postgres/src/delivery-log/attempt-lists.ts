import type { ApplicationId, EndpointId } from '@signpost/domain';
import type { AttemptFilter, LogPage, LogRows } from '@signpost/ports';
import { ATTEMPT_LABELS, hasLabel, labelledIds, labelsIn, LOOKED_AT } from './labels.js';
import { attemptColumns, type AttemptRow } from './logged-rows.js';
import { mergedList } from './merged-list.js';
import { ordered, type Query } from './query.js';
import { resultsFor } from './results.js';
import { earliestAfter, readSpans, spansOf, type Span } from './spans.js';
import { Where } from './where.js';

type Asked = AttemptFilter & { readonly applicationId: ApplicationId };

export class AttemptLists {
  constructor(
    private readonly query: Query,
    /** For what an index holds in the order that is asked for. */
    private readonly inOrder: Query,
  ) {}

  /** A message has few: whatever else is asked is looked for among them. */
  async ofMessage(messageId: string, page: LogPage, asked: Asked): Promise<LogRows<AttemptRow>> {
    const where = new Where().and('message_id = ?', messageId).page('id', 'atmpt', page);
    return { rows: await this.among(where.span('id', 'atmpt', { fromMs: earliestAfter(messageId) }), page, asked) };
  }

  async ofEndpoint(endpointId: EndpointId, page: LogPage, asked: Asked): Promise<LogRows<AttemptRow>> {
    const { messageIds, ...rest } = asked;
    if (messageIds !== undefined) {
      const [first] = [...messageIds].sort();
      if (first === undefined) return { rows: [] };
      const where = new Where().and('message_id = ANY (?::text[])', messageIds).page('id', 'atmpt', page);
      where.span('id', 'atmpt', { fromMs: earliestAfter(first) });
      return { rows: await this.among(where, page, { ...rest, endpointId }) };
    }
    if (labelsIn(asked).length > 0) return this.labelled(endpointId, page, asked);
    const spans = spansOf(page, earliestAfter(endpointId), Date.now());
    const read = (span: Span, limit: number) => this.merged(endpointId, { ...page, limit }, asked, span);
    return { rows: await readSpans(spans, page.limit, read) };
  }

  private merged(endpointId: EndpointId, page: LogPage, asked: Asked, span: Span): Promise<readonly AttemptRow[]> {
    const { applicationId, eventTypes, statusClass } = asked;
    const where = new Where()
      .and('endpoint_id = ?', endpointId)
      .and('application_id = ?', applicationId)
      .page('id', 'atmpt', page)
      .span('id', 'atmpt', span)
      .andIf(statusClass, STATUS_CLASS);
    const results = { column: 'result', type: 'smallint', values: resultsFor(asked) } as const;
    const types = eventTypes && ({ column: 'event_type', type: 'text', values: eventTypes } as const);
    const list = {
      columns: attemptColumns(page.withContent !== false),
      table: 'attempts',
      keys: types === undefined ? [results] : [types, results],
      order: 'id',
      prefix: 'atmpt',
    } as const;
    return this.inOrder<AttemptRow>(mergedList(list, where, page, span), where);
  }

  /** Of messages with a channel or a tag; what else is asked is looked for among the next so many of those. */
  private async labelled(endpointId: EndpointId, page: LogPage, asked: Asked): Promise<LogRows<AttemptRow>> {
    const { channel: _, tag, ...rest } = asked;
    const [label = '', another] = labelsIn(asked);
    const isAll = another === undefined && (asked.eventTypes ?? asked.outcome ?? asked.statusClass) === undefined;
    const limit = isAll ? page.limit : Math.max(page.limit, LOOKED_AT);
    const { sql, where } = labelledIds(ATTEMPT_LABELS, endpointId, label, page, limit);
    const ids = (await this.inOrder<{ id: string }>(sql, where)).map(({ id }) => id);
    if (ids.length === 0) return { rows: [] };
    const further = another === undefined || tag === undefined ? rest : { ...rest, tag };
    const rows = await this.among(new Where().and('id = ANY (?::text[])', ids), page, further);
    const last = ids.at(-1);
    return rows.length >= page.limit || ids.length < limit || last === undefined ? { rows } : { rows, stoppedAt: last };
  }

  /** Those of a few that fit. */
  private among(where: Where, page: LogPage, asked: Asked): Promise<readonly AttemptRow[]> {
    const { applicationId, outcome, statusClass, eventTypes, endpointId } = asked;
    where
      .and('application_id = ?', applicationId)
      .andIf(endpointId, 'endpoint_id = ?')
      .andIf(outcome === undefined ? undefined : outcome === 'delivered', 'delivered = ?')
      .andIf(statusClass, STATUS_CLASS)
      .andIf(eventTypes, EVENT_TYPES);
    for (const label of labelsIn(asked)) where.and(HAS_LABEL, label);
    const columns = attemptColumns(page.withContent !== false);
    return this.query<AttemptRow>(`SELECT ${columns} FROM attempts WHERE ${where.sql} ${ordered('id', page)}`, where);
  }
}

const STATUS_CLASS = 'coalesce (status, 0) / 100 = ?';
const EVENT_TYPES = 'event_type = ANY (?::text[])';
const HAS_LABEL = hasLabel(ATTEMPT_LABELS, { owner: 'attempts.endpoint_id', id: 'attempts.id' });
