import type { ApplicationId, MessageId } from '@signpost/domain';
import { SearchTooWideError, type LogPage, type LogRows, type MessageFilter } from '@signpost/ports';
import { hasLabel, labelledIds, labelsIn, LOOKED_AT, MESSAGE_LABELS } from './labels.js';
import { messageColumns, type MessageRow } from './logged-rows.js';
import { mergedList } from './merged-list.js';
import { ordered, type Query } from './query.js';
import { earliestAfter, readSpans, spansOf, type Span } from './spans.js';
import { Where } from './where.js';

/** Messages that one search may find. */
const MOST_FOUND = 100;

export class MessageLists {
  constructor(
    private readonly query: Query,
    /** For what an index holds in the order that is asked for. */
    private readonly inOrder: Query,
  ) {}

  async ofApplication(
    applicationId: ApplicationId,
    page: LogPage,
    filter: MessageFilter,
  ): Promise<LogRows<MessageRow>> {
    const { messageIds } = filter;
    if (messageIds !== undefined) {
      const where = new Where().and('id = ANY (?::text[])', messageIds).page('id', 'msg', page);
      return { rows: await this.among(where, applicationId, page, filter) };
    }
    if (labelsIn(filter).length > 0) return this.labelled(applicationId, page, filter);
    const spans = spansOf(page, earliestAfter(applicationId), Date.now());
    const read = (span: Span, limit: number) => this.merged(applicationId, { ...page, limit }, filter, span);
    return { rows: await readSpans(spans, page.limit, read) };
  }

  /** @throws SearchTooWideError */
  async idsOf(applicationId: ApplicationId, search: string): Promise<readonly MessageId[]> {
    const found = await Promise.all(
      ['id', 'event_id'].map((column) => {
        const where = new Where()
          .and('application_id = ?', applicationId)
          .and(`${column} >= ?`, search)
          .and(`${column} < ?`, `${search}\u{10ffff}`);
        const sql = `SELECT id FROM messages WHERE ${where.sql} LIMIT ${String(MOST_FOUND + 1)}`;
        return this.query<{ id: MessageId }>(sql, where);
      }),
    );
    const ids = new Set(found.flat().map(({ id }) => id));
    if (ids.size <= MOST_FOUND) return [...ids];
    throw new SearchTooWideError(`more than ${String(MOST_FOUND)} messages begin like this: give more of the id`);
  }

  private merged(applicationId: ApplicationId, page: LogPage, filter: MessageFilter, span: Span) {
    const { eventTypes } = filter;
    const where = new Where().page('id', 'msg', page).span('id', 'msg', span);
    if (eventTypes === undefined) return this.among(where, applicationId, page, filter, this.inOrder);
    const list = {
      columns: messageColumns(page.withContent !== false),
      table: 'messages',
      keys: [{ column: 'event_type', type: 'text', values: eventTypes }],
      order: 'id',
      prefix: 'msg',
    } as const;
    where.and('application_id = ?', applicationId);
    return this.inOrder<MessageRow>(mergedList(list, where, page, span), where);
  }

  /** With a channel or a tag; what else is asked is looked for among the next so many of those. */
  private async labelled(applicationId: ApplicationId, page: LogPage, filter: MessageFilter) {
    const [label = '', another] = labelsIn(filter);
    const isAll = another === undefined && filter.eventTypes === undefined;
    const limit = isAll ? page.limit : Math.max(page.limit, LOOKED_AT);
    const { sql, where } = labelledIds(MESSAGE_LABELS, applicationId, label, page, limit);
    const ids = (await this.inOrder<{ id: string }>(sql, where)).map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) return { rows: [] };
    const rows = await this.among(new Where().and('id = ANY (?::text[])', ids), applicationId, page, filter);
    return rows.length >= page.limit || ids.length < limit ? { rows } : { rows, stoppedAt: last };
  }

  private among(where: Where, applicationId: ApplicationId, page: LogPage, filter: MessageFilter, query = this.query) {
    where.and('application_id = ?', applicationId).andIf(filter.eventTypes, 'event_type = ANY (?::text[])');
    for (const label of labelsIn(filter)) where.and(HAS_LABEL, label);
    const columns = messageColumns(page.withContent !== false);
    return query<MessageRow>(`SELECT ${columns} FROM messages WHERE ${where.sql} ${ordered('id', page)}`, where);
  }
}

const HAS_LABEL = hasLabel(MESSAGE_LABELS, { owner: 'messages.application_id', id: 'messages.id' });
