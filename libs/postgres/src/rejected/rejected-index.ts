import type { Actor, OrganisationId, RejectedId } from '@signpost/domain';
import {
  RejectedIndex,
  type Correction,
  type IndexedRejection,
  type ListPage,
  type RejectedSelection,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { ordered } from '../delivery-log/query.js';
import { indexedRejection, REJECTED, rejectedWhere, type RejectedRow } from './rejected-rows.js';

export class PostgresRejectedIndex extends RejectedIndex {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async list(selection: RejectedSelection, page: ListPage): Promise<readonly IndexedRejection[]> {
    const where = rejectedWhere(selection).andIf(page.beyond, `id ${page.order === 'ascending' ? '>' : '<'} ?`);
    const sql = `SELECT ${REJECTED} FROM rejected_records WHERE ${where.sql} ${ordered('id', page)}`;
    return (await this.rows<RejectedRow>(sql, where.values)).map(indexedRejection);
  }

  async get(organisationId: OrganisationId, id: string): Promise<IndexedRejection | undefined> {
    const [row] = await this.rows<RejectedRow>(`SELECT ${REJECTED} FROM rejected_records WHERE ${OWN}`, [
      organisationId,
      id,
    ]);
    return row === undefined ? undefined : indexedRejection(row);
  }

  async correction(organisationId: OrganisationId, id: RejectedId): Promise<Correction | undefined> {
    const [row] = await this.rows<CorrectionRow & { readonly corrected_at: Date | null }>(
      `SELECT corrected_value, corrected_headers, corrected_at FROM rejected_records WHERE ${OWN}`,
      [organisationId, id],
    );
    return row === undefined || row.corrected_at === null ? undefined : correctionOf(row);
  }

  async correct(
    organisationId: OrganisationId,
    id: RejectedId,
    correction: Correction | undefined,
    by: Actor,
  ): Promise<boolean> {
    const { value, headers } = correction ?? {};
    const rows = await this.rows(
      `UPDATE rejected_records SET corrected_value = $3, corrected_headers = $4,
         corrected_at = CASE WHEN $5 THEN now() END, corrected_by = CASE WHEN $5 THEN $6::jsonb END
       WHERE ${OWN} AND open RETURNING id`,
      [
        organisationId,
        id,
        value ?? null,
        headers === undefined ? null : JSON.stringify(headers),
        correction !== undefined,
        JSON.stringify(by),
      ],
    );
    return rows.length > 0;
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

const OWN = 'organisation_id = $1 AND id = $2';

export interface CorrectionRow {
  readonly corrected_value: Buffer | null;
  readonly corrected_headers: Readonly<Record<string, string | null>> | null;
}

export function correctionOf({ corrected_value: value, corrected_headers: headers }: CorrectionRow): Correction {
  return { ...(value === null ? {} : { value }), ...(headers === null ? {} : { headers }) };
}
