import type { IdPrefix } from '@signpost/domain';
import type { LogPage, MessageFilter } from '@signpost/ports';
import { Where } from './where.js';

/** What a message can be found by beside its type: each of its channels and of its tags is a label. */
export interface Labelled {
  readonly channels?: readonly string[];
  readonly tags?: readonly string[];
}

const NONE: readonly string[] = [];

/** Each once. */
export function labelsOf({ channels = NONE, tags = NONE }: Labelled): readonly string[] {
  if (channels.length === 0 && tags.length === 0) return NONE;
  return [...new Set([...channels.map((channel) => `c:${channel}`), ...tags.map((tag) => `t:${tag}`)])];
}

/** The labels that a filter asks for, all of which have to be there. */
export function labelsIn({ channel, tag }: Pick<MessageFilter, 'channel' | 'tag'>): readonly string[] {
  return labelsOf({
    ...(channel === undefined ? {} : { channels: [channel] }),
    ...(tag === undefined ? {} : { tags: [tag] }),
  });
}

/** Where labels are kept: whose they are, and what has them. */
interface LabelTable {
  readonly name: string;
  readonly owner: string;
  readonly id: string;
  readonly prefix: IdPrefix;
}

export const MESSAGE_LABELS: LabelTable = {
  name: 'message_labels',
  owner: 'application_id',
  id: 'message_id',
  prefix: 'msg',
};
export const ATTEMPT_LABELS: LabelTable = { name: 'attempt_labels', owner: 'endpoint_id', id: 'id', prefix: 'atmpt' };

/** The next `limit` ids with this label, in the page's order. */
export function labelledIds(table: LabelTable, owner: string, label: string, page: LogPage, limit: number) {
  const { name, id, prefix } = table;
  const where = new Where().and(`${table.owner} = ?`, owner).and('label = ?', label).page(id, prefix, page);
  const direction = page.order === 'ascending' ? 'ASC' : 'DESC';
  const sql = `SELECT ${id} AS id FROM ${name} WHERE ${where.sql} ORDER BY ${id} ${direction} LIMIT ${String(limit)}`;
  return { sql, where };
}

/** That the row `of` a list has this label too. `of`: the columns of owner and id, qualified. */
export function hasLabel(table: LabelTable, of: { readonly owner: string; readonly id: string }): string {
  return `EXISTS (SELECT FROM ${table.name} l WHERE l.${table.owner} = ${of.owner} AND l.label = ? AND l.${table.id} = ${of.id})`;
}

/** Rows with a label that one page looks at, where it filters them further. */
export const LOOKED_AT = 500;
