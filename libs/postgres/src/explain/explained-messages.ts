import type { SourceCoordinates } from '@signpost/contracts';
import {
  deliveryIdOf,
  lowestId,
  timeOfId,
  type ApplicationId,
  type AttemptId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import type { ExplainedMessage, ExplainScope, FoundDelivery } from '@signpost/ports';
import type { Query } from '../delivery-log/query.js';
import { Where } from '../delivery-log/where.js';
import { HAS_PAYLOAD } from '../redelivery/messages.js';

/** Messages of one event id, or of one record, that are looked at. */
const MOST_ALIKE = 100;
/** Messages of one millisecond that are looked through for a delivery of which no fact is known. */
const MOST_AT_ONCE = 1_000;

interface MessageRow {
  readonly id: MessageId;
  readonly application_id: ApplicationId;
  readonly event_type: string;
  readonly event_id: string | null;
  readonly conversation_id: string | null;
  readonly channels: readonly string[] | null;
  readonly only_endpoint_id: EndpointId | null;
  readonly origin_topic: string | null;
  readonly origin_partition: number | null;
  /** The driver gives a bigint as text. */
  readonly origin_offset: string | null;
  readonly accepted_at: Date;
  readonly has_payload: boolean;
  readonly is_over_quota: boolean;
}

const COLUMNS = `m.id, m.application_id, m.event_type, m.event_id, m.conversation_id, m.channels, m.only_endpoint_id,
  m.origin_topic, m.origin_partition, m.origin_offset, m.accepted_at, m.is_over_quota, (${HAS_PAYLOAD}) AS has_payload`;

/** A deleted application's, too: what its messages came to may still be asked for. */
const OWN = 'FROM messages m JOIN applications a ON a.id = m.application_id';

/** Messages by whatever names them, within what the caller may see. */
export class ExplainedMessages {
  constructor(private readonly query: Query) {}

  async byId(scope: ExplainScope, id: MessageId): Promise<ExplainedMessage | undefined> {
    const [row] = await this.rows(scope, new Where().and('m.id = ?', id));
    return row && explained(row);
  }

  async byEvent(scope: ExplainScope, eventId: string): Promise<readonly ExplainedMessage[]> {
    return newestFirst(await this.rows(scope, new Where().and('m.event_id = ?', eventId)));
  }

  async byOrigin(
    scope: ExplainScope,
    { topic, partition, offset }: SourceCoordinates,
  ): Promise<readonly ExplainedMessage[]> {
    const where = new Where()
      .and('m.origin_topic = ?', topic)
      .and('m.origin_partition = ?', partition)
      .and('m.origin_offset = ?', offset);
    return newestFirst(await this.rows(scope, where));
  }

  async byDelivery(scope: ExplainScope, id: DeliveryId): Promise<FoundDelivery | undefined> {
    const known = await this.messageOf('deliveries', id);
    return this.found(scope, known ?? (await this.matchedAs(id)));
  }

  async byAttempt(scope: ExplainScope, id: AttemptId): Promise<FoundDelivery | undefined> {
    return this.found(scope, await this.messageOf('attempts', id));
  }

  /** A delivery's id follows from its message and endpoint, and has its message's time: as good as an index. */
  private async matchedAs(id: DeliveryId): Promise<Named | undefined> {
    const atMs = timeOfId(id) ?? 0;
    const where = new Where()
      .and('message_id >= ?', lowestId('msg', atMs))
      .and('message_id < ?', lowestId('msg', atMs + 1));
    const sql = `SELECT message_id, endpoint_ids FROM matches WHERE ${where.sql} LIMIT ${String(MOST_AT_ONCE)}`;
    const rows = await this.query<{ message_id: MessageId; endpoint_ids: EndpointId[] }>(sql, where);
    for (const { message_id, endpoint_ids } of rows) {
      const endpoint_id = endpoint_ids.find((endpointId) => deliveryIdOf(message_id, endpointId) === id);
      if (endpoint_id !== undefined) return { message_id, endpoint_id };
    }
    return undefined;
  }

  private async messageOf(table: 'deliveries' | 'attempts', id: string): Promise<Named | undefined> {
    const where = new Where().and('id = ?', id);
    const [row] = await this.query<Named>(`SELECT message_id, endpoint_id FROM ${table} WHERE ${where.sql}`, where);
    return row;
  }

  private async found(scope: ExplainScope, named: Named | undefined): Promise<FoundDelivery | undefined> {
    const message = named && (await this.byId(scope, named.message_id));
    return message && { message, endpointId: named.endpoint_id };
  }

  private rows({ organisationId, applicationId }: ExplainScope, where: Where): Promise<MessageRow[]> {
    where.and('a.organisation_id = ?', organisationId).andIf(applicationId, 'm.application_id = ?');
    // Without an order: the planner would look for the newest in the order of the ids.
    return this.query<MessageRow>(`SELECT ${COLUMNS} ${OWN} WHERE ${where.sql} LIMIT ${String(MOST_ALIKE)}`, where);
  }
}

interface Named {
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
}

function newestFirst(rows: readonly MessageRow[]): readonly ExplainedMessage[] {
  return rows.map(explained).sort((a, b) => (a.id > b.id ? -1 : 1));
}

function explained(row: MessageRow): ExplainedMessage {
  const { origin_topic: topic, origin_partition: partition, origin_offset: offset } = row;
  const isFromTopic = topic !== null && partition !== null && offset !== null;
  return {
    id: row.id,
    applicationId: row.application_id,
    eventType: row.event_type,
    acceptedAt: row.accepted_at,
    hasPayload: row.has_payload,
    ...(row.is_over_quota ? { isOverQuota: true } : {}),
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.conversation_id === null ? {} : { conversationId: row.conversation_id }),
    ...(row.channels === null ? {} : { channels: row.channels }),
    ...(row.only_endpoint_id === null ? {} : { onlyEndpointId: row.only_endpoint_id }),
    ...(isFromTopic ? { origin: { topic, partition, offset: Number(offset) } } : {}),
  };
}
