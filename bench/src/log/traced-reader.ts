import {
  loadPostgresConfig,
  PostgresDatabase,
  PostgresDeliveryLogReader,
  PostgresExplainLog,
} from '@signpost/postgres';
import type { DeliveryLogReader, ExplainLog } from '@signpost/ports';
import type pg from 'pg';

interface Asked {
  readonly pool: pg.Pool;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The product's readers, and how the database went about what it asked last. */
export class TracedReader {
  readonly reader: DeliveryLogReader;
  readonly explain: ExplainLog;
  private readonly database: PostgresDatabase;
  private asked: Asked[] = [];

  constructor(url: string) {
    this.database = new PostgresDatabase(loadPostgresConfig({ DATABASE_URL: url }));
    this.reader = new PostgresDeliveryLogReader(this.traced(this.database.log), this.traced(this.database.lists));
    this.explain = new PostgresExplainLog(this.traced(this.database.log));
  }

  /** Milliseconds. */
  async time(question: (reader: DeliveryLogReader) => Promise<unknown>): Promise<number> {
    this.asked = [];
    const beganAt = performance.now();
    await question(this.reader);
    return performance.now() - beganAt;
  }

  /** Of every statement that the last question asked, as EXPLAIN ANALYZE tells it. */
  async plans(): Promise<string> {
    const plans: string[] = [];
    for (const { pool, sql, values } of this.asked) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${sql}`, [...values]);
      plans.push(`${sql}\n\n${withoutRepeats(rows.map((row) => row['QUERY PLAN'])).join('\n')}`);
    }
    return plans.join('\n\n');
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private traced(pool: pg.Pool): pg.Pool {
    const query = (sql: string, values: unknown[]) => {
      this.asked.push({ pool, sql, values });
      return pool.query(sql, values);
    };
    return { query } as unknown as pg.Pool;
  }
}

/** Thirty days are searched alike: the first three of each kind say how. */
function withoutRepeats(lines: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  let left = 0;
  return lines.flatMap((line) => {
    const kind = line.includes('->') && /_\d{8}/.test(line) ? line.replace(/\d+/g, '').replace(/\(.*/, '') : undefined;
    if (kind !== undefined) {
      const count = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, count);
      left = count > 3 ? 1 : 0;
      return count > 3 ? [] : [line];
    }
    if (left > 0 && /^\s+(?:Index Cond|Filter|Buffers|Heap Fetches|Rows Removed|Index Searches)/.test(line)) return [];
    left = 0;
    return [line];
  });
}
