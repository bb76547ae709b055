import { LessThan, MoreThan, type EntityManager, type FindOperator } from 'typeorm';
import type { ControlKind } from '@signpost/domain';
import { NameTakenError, type ListPage } from '@signpost/ports';
import { sqlStateOf } from '../connection.js';
import { OutboxEntity } from '../entities/index.js';

/** Has to run in the transaction of the change itself: then there is no change without its note, and no note without its change. */
export async function markDirty(manager: EntityManager, kind: ControlKind, ...ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await manager.insert(
      OutboxEntity,
      ids.map((id) => ({ kind, id })),
    );
}

/** Where a page begins, for the column that the list is ordered by; nothing for the first page. */
export function beyond(page: ListPage): FindOperator<string> | undefined {
  if (page.beyond === undefined) return undefined;
  return page.order === 'ascending' ? MoreThan(page.beyond) : LessThan(page.beyond);
}

export const direction = (page: ListPage): 'ASC' | 'DESC' => (page.order === 'ascending' ? 'ASC' : 'DESC');

/** @throws NameTakenError in place of the violation of a unique index */
export async function orTaken<T>(field: 'uid' | 'name', value: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlStateOf(error) === UNIQUE_VIOLATION) throw new NameTakenError(field, value ?? '');
    throw error;
  }
}

/** The row with some columns changed, as a new object. */
export const withColumns = <R extends object>(row: R, columns: Partial<R>): R => Object.assign({}, row, columns);

const UNIQUE_VIOLATION = '23505';
