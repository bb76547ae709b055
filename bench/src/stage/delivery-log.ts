import { Pool } from 'pg';

/** Looks into the product's delivery log: deliveries count as done only once they are written down. */
export class DeliveryLogView {
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool({ connectionString: url, max: 1 });
    // A lost connection shows in the next query.
    this.#pool.on('error', () => undefined);
  }

  /** Attempts written down of one application. */
  async attempts(application: string): Promise<number> {
    const { rows } = await this.#pool.query<{ count: string }>(
      'SELECT count(*) AS count FROM attempts WHERE application_id = $1',
      [application],
    );
    return Number(rows[0]?.count);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
