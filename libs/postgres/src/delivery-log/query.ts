import type { LogPage } from '@signpost/ports';
import type { Where } from './where.js';

/** Runs a statement with the parameters of its Where. */
export type Query = <R extends object>(sql: string, where: Pick<Where, 'values'>) => Promise<R[]>;

export const ordered = (column: string, { order, limit }: Pick<LogPage, 'order' | 'limit'>): string =>
  `ORDER BY ${column} ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ${String(Math.trunc(limit))}`;
