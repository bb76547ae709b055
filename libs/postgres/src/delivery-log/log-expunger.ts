import type pg from 'pg';
import type { ApplicationId, MessageId } from '@signpost/domain';
import { LogExpunger } from '@signpost/ports';
import { reachable } from '../connection.js';

/** As the peer's server puts it in place of an answer. */
const EXPUNGED = 'EXPUNGED';

/** Empties rows and leaves them where they are: a record that comes again meets its row and changes nothing. */
export class PostgresLogExpunger extends LogExpunger {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  message(applicationId: ApplicationId, id: MessageId): Promise<boolean> {
    return this.touch('UPDATE messages SET payload = NULL WHERE id = $1 AND application_id = $2', [id, applicationId]);
  }

  attempt(applicationId: ApplicationId, messageId: MessageId, id: string): Promise<boolean> {
    return this.touch(
      `UPDATE attempts SET response_body = $4, response_headers = NULL
       WHERE id = $1 AND message_id = $2 AND application_id = $3`,
      [id, messageId, applicationId, EXPUNGED],
    );
  }

  private async touch(sql: string, values: readonly string[]): Promise<boolean> {
    const { rowCount } = await reachable(() => this.pool.query(sql, [...values]));
    return (rowCount ?? 0) > 0;
  }
}
