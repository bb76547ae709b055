import type pg from 'pg';
import type { ApplicationId, MessageId } from '@signpost/domain';
import type { RedeliveredMessage } from '@signpost/ports';

interface MessageRow {
  readonly id: MessageId;
  readonly application_id: ApplicationId;
  readonly event_type: string;
  readonly event_id: string | null;
  readonly conversation_id: string | null;
  readonly channels: readonly string[] | null;
  readonly accepted_at: Date;
  readonly payload: Buffer;
}

/** Of a row of `messages`: whether its payload may still be shown and sent. */
export const HAS_PAYLOAD = 'payload IS NOT NULL AND (payload_expires_at IS NULL OR payload_expires_at > now())';

/** Those of these messages whose payload is still there, by their ids. */
export async function messagesById(
  client: Pick<pg.ClientBase, 'query'>,
  ids: readonly MessageId[],
): Promise<ReadonlyMap<MessageId, RedeliveredMessage>> {
  const { rows } = await client.query<MessageRow>(
    `SELECT id, application_id, event_type, event_id, conversation_id, channels, accepted_at, payload FROM messages
     WHERE id = ANY ($1::text[]) AND ${HAS_PAYLOAD}`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, redelivered(row)]));
}

function redelivered(row: MessageRow): RedeliveredMessage {
  return {
    id: row.id,
    applicationId: row.application_id,
    eventType: row.event_type,
    acceptedAtMs: row.accepted_at.getTime(),
    payload: row.payload,
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.conversation_id === null ? {} : { conversationId: row.conversation_id }),
    ...(row.channels === null ? {} : { channels: row.channels }),
  };
}
