import pg from 'pg';
import type { Tenant } from './tenant.js';

/**
 * All that the database holds of an organisation: one number and one digest for each table, of whatever tables there are but the
 * account, which is counted again from the others by itself.
 */
export class State {
  private constructor(
    private readonly client: pg.Client,
    private readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[],
  ) {}

  static async open(databaseUrl: string): Promise<State> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ name: string; columns: string[] }>(
      `SELECT c.relname AS name, array_agg(a.attname::text) AS columns
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
         AND c.relname <> 'account_minutes'
         AND a.attname IN ('organisation_id', 'application_id') GROUP BY 1 ORDER BY 1`,
    );
    return new State(client, rows);
  }

  async of({ organisationId }: Tenant): Promise<unknown> {
    const digests = this.tables.map(({ name, columns }) => {
      const isOurs = columns.includes('organisation_id')
        ? 'organisation_id = $1'
        : 'application_id IN (SELECT id FROM applications WHERE organisation_id = $1)';
      return `SELECT '${name}' AS of, count(*) AS rows, md5(string_agg(t::text, ',' ORDER BY t::text)) AS digest
              FROM ${name} t WHERE ${isOurs}`;
    });
    return (await this.client.query(digests.join(' UNION ALL '), [organisationId])).rows;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
