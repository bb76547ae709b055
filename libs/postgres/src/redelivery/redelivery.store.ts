import type pg from 'pg';
import { deliveryIdOf, type DeliveryId, type EndpointId, type MessageId } from '@signpost/domain';
import { RedeliveryStore, type DueRedelivery } from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { messagesById } from './messages.js';
import { inTransaction, orAgain } from '../transaction.js';
import { TOLD } from './told.js';

interface Known {
  /** Highest that was asked for. */
  readonly asked: number;
  /** That of which the log shows the state. */
  readonly told: number | null;
  readonly attempts: number | null;
  readonly state: string | null;
  /** Whether the message was matched to the endpoint; null: not known yet. */
  readonly matched: boolean | null;
}

export class PostgresRedeliveryStore extends RedeliveryStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  ask(
    messageId: MessageId,
    endpointId: EndpointId,
  ): Promise<{ readonly redelivery: DueRedelivery; readonly isOpen: boolean } | undefined> {
    const deliveryId = deliveryIdOf(messageId, endpointId);
    return orAgain(() =>
      inTransaction(this.database.log, async (client) => {
        const message = (await messagesById(client, [messageId])).get(messageId);
        if (message === undefined) return undefined;
        const known = await this.known(client, { deliveryId, messageId, endpointId });
        const redelivery = {
          deliveryId,
          endpointId,
          message,
          number: known.asked + 1,
          attemptsBefore: known.attempts ?? 0,
        };
        await client.query(
          `INSERT INTO redeliveries (delivery_id, message_id, endpoint_id, number, attempts_before, result)
           VALUES ($1, $2, $3, $4, $5, 'asked')`,
          [deliveryId, messageId, endpointId, redelivery.number, redelivery.attemptsBefore],
        );
        return { redelivery, isOpen: isOpen(known) };
      }),
    );
  }

  async handedOver({ deliveryId, number }: Pick<DueRedelivery, 'deliveryId' | 'number'>): Promise<void> {
    // What became of it may be known already.
    await reachable(() =>
      this.database.log.query(
        "UPDATE redeliveries SET result = NULL WHERE delivery_id = $1 AND number = $2 AND result = 'asked'",
        [deliveryId, number],
      ),
    );
  }

  private async known(
    client: pg.ClientBase,
    of: { readonly deliveryId: DeliveryId; readonly messageId: MessageId; readonly endpointId: EndpointId },
  ): Promise<Known> {
    const { rows } = await client.query<Known>(
      `SELECT coalesce ((SELECT max (number) FROM redeliveries WHERE delivery_id = $1), 0) AS asked,
         (SELECT $2 = ANY (endpoint_ids) FROM matches WHERE message_id = $3) AS matched,
         d.attempts, d.state, ${TOLD} AS told
       FROM (SELECT) AS always LEFT JOIN deliveries d ON d.id = $1`,
      [of.deliveryId, of.endpointId, of.messageId],
    );
    return rows[0] ?? { asked: 0, told: null, attempts: null, state: null, matched: null };
  }
}

/** The log may be a moment behind: what it does not say has ended counts as under way. */
function isOpen({ asked, told, state, matched }: Known): boolean {
  if (state === null) return asked > 0 || matched !== false;
  return asked > (told ?? 0) || state === 'pending' || state === 'waiting' || state === 'parked';
}
