import type pg from 'pg';
import {
  deliveryIdOf,
  isId,
  type ApplicationId,
  type AttemptId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import {
  DeliveryLogReader,
  type AttemptFilter,
  type LoggedAttempt,
  type LoggedDelivery,
  type LoggedMessage,
  type LogPage,
  type MessageFilter,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import { deliveryRange } from './days.js';
import { Where } from './where.js';

export class PostgresDeliveryLogReader extends DeliveryLogReader {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async message(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage | undefined> {
    if (isId('msg', idOrEventId)) {
      const where = new Where().and('id = ?', idOrEventId).and('application_id = ?', applicationId);
      const [row] = await this.rows<MessageRow>(`SELECT ${MESSAGE} FROM messages WHERE ${where.sql}`, where);
      if (row !== undefined) return loggedMessage(row);
    }
    const where = new Where().and('application_id = ?', applicationId).and('event_id = ?', idOrEventId);
    const [row] = await this.rows<MessageRow>(
      `SELECT ${MESSAGE} FROM messages WHERE ${where.sql} ORDER BY id DESC LIMIT 1`,
      where,
    );
    return row === undefined ? undefined : loggedMessage(row);
  }

  async messages(
    applicationId: ApplicationId,
    page: LogPage,
    filter: MessageFilter,
  ): Promise<readonly LoggedMessage[]> {
    const where = new Where()
      .and('application_id = ?', applicationId)
      .page('id', 'msg', page)
      .andIf(filter.eventTypes, 'event_type = ANY (?::text[])')
      .andIf(filter.channel, 'channels @> ARRAY[?::text]');
    const rows = await this.rows<MessageRow>(
      `SELECT ${MESSAGE} FROM messages WHERE ${where.sql} ${ordered('id', page)}`,
      where,
    );
    return rows.map(loggedMessage);
  }

  async attempt(applicationId: ApplicationId, messageId: string, id: string): Promise<LoggedAttempt | undefined> {
    const where = new Where()
      .and('id = ?', id)
      .and('message_id = ?', messageId)
      .and('application_id = ?', applicationId);
    const [row] = await this.rows<AttemptRow>(`SELECT ${ATTEMPT} FROM attempts WHERE ${where.sql}`, where);
    return row === undefined ? undefined : loggedAttempt(row);
  }

  attemptsOfMessage(
    applicationId: ApplicationId,
    messageId: string,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<readonly LoggedAttempt[]> {
    const where = new Where().and('message_id = ?', messageId).and('application_id = ?', applicationId);
    return this.attempts(where, page, filter);
  }

  attemptsOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<readonly LoggedAttempt[]> {
    const where = new Where().and('endpoint_id = ?', endpointId).and('application_id = ?', applicationId);
    return this.attempts(where, page, filter);
  }

  async deliveriesOfMessage(applicationId: ApplicationId, messageId: string): Promise<readonly LoggedDelivery[]> {
    const range = deliveryRange(messageId);
    if (range === undefined) return [];
    const match = new Where().and('message_id = ?', messageId).and('application_id = ?', applicationId);
    const some = new Where()
      .and('id >= ?', range.from)
      .and('id < ?', range.to)
      .and('message_id = ?', messageId)
      .and('application_id = ?', applicationId);
    const [matches, rows] = await Promise.all([
      this.rows<{ endpoint_ids: EndpointId[] }>(`SELECT endpoint_ids FROM matches WHERE ${match.sql}`, match),
      this.rows<DeliveryRow>(`SELECT ${DELIVERY} FROM deliveries WHERE ${some.sql}`, some),
    ]);
    const known = new Map(rows.map((row) => [row.id as string, loggedDelivery(row)]));
    for (const endpointId of matches[0]?.endpoint_ids ?? []) {
      const id = deliveryIdOf(messageId as MessageId, endpointId);
      if (!known.has(id)) {
        known.set(id, { id, messageId: messageId as MessageId, endpointId, attempts: 0, state: 'pending' });
      }
    }
    return [...known.values()].sort((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
  }

  private async attempts(where: Where, page: LogPage, filter: AttemptFilter): Promise<readonly LoggedAttempt[]> {
    where
      .page('id', 'atmpt', page)
      .andIf(filter.outcome === undefined ? undefined : filter.outcome === 'delivered', 'delivered = ?')
      .andIf(filter.eventTypes, 'event_type = ANY (?::text[])')
      .andIf(filter.endpointId, 'endpoint_id = ?')
      .andIf(filter.statusClass, 'coalesce (status, 0) / 100 = ?')
      .andIf(
        filter.channel,
        'EXISTS (SELECT FROM messages m WHERE m.id = message_id AND m.channels @> ARRAY[?::text])',
      );
    const rows = await this.rows<AttemptRow>(
      `SELECT ${ATTEMPT} FROM attempts WHERE ${where.sql} ${ordered('id', page)}`,
      where,
    );
    return rows.map(loggedAttempt);
  }

  private async rows<R extends object>(sql: string, where: Where): Promise<R[]> {
    return (await reachable(() => this.pool.query<R>(sql, where.values))).rows;
  }
}

const ordered = (column: string, page: LogPage): string =>
  `ORDER BY ${column} ${page.order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ${String(Math.trunc(page.limit))}`;

const MESSAGE = 'id, application_id, event_type, event_id, channels, accepted_at, payload';
interface MessageRow {
  readonly id: MessageId;
  readonly application_id: ApplicationId;
  readonly event_type: string;
  readonly event_id: string | null;
  readonly channels: string[] | null;
  readonly accepted_at: Date;
  readonly payload: Buffer | null;
}

function loggedMessage(row: MessageRow): LoggedMessage {
  return {
    id: row.id,
    applicationId: row.application_id,
    eventType: row.event_type,
    acceptedAt: row.accepted_at,
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.channels === null ? {} : { channels: row.channels }),
    ...(row.payload === null ? {} : { payload: row.payload }),
  };
}

const ATTEMPT = `id, delivery_id, message_id, endpoint_id, event_type, attempt, repeated, at, url, delivered, reason, status,
  response_body, lookup_ms, connect_ms, tls_ms, first_byte_ms, total_ms, manual, next_attempt_at`;
interface AttemptRow {
  readonly id: AttemptId;
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly event_type: string;
  readonly attempt: number;
  readonly repeated: boolean;
  readonly at: Date;
  readonly url: string;
  readonly delivered: boolean;
  readonly reason: string | null;
  readonly status: number | null;
  readonly response_body: string | null;
  readonly lookup_ms: number | null;
  readonly connect_ms: number | null;
  readonly tls_ms: number | null;
  readonly first_byte_ms: number | null;
  readonly total_ms: number;
  readonly manual: boolean;
  readonly next_attempt_at: Date | null;
}

function loggedAttempt(row: AttemptRow): LoggedAttempt {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    eventType: row.event_type,
    attempt: row.attempt,
    repeated: row.repeated,
    at: row.at,
    url: row.url,
    outcome: row.delivered ? 'delivered' : 'failed',
    trigger: row.manual ? 'manual' : 'scheduled',
    timing: {
      totalMs: row.total_ms,
      ...(row.lookup_ms === null ? {} : { lookupMs: row.lookup_ms }),
      ...(row.connect_ms === null ? {} : { connectMs: row.connect_ms }),
      ...(row.tls_ms === null ? {} : { tlsMs: row.tls_ms }),
      ...(row.first_byte_ms === null ? {} : { firstByteMs: row.first_byte_ms }),
    },
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.response_body === null ? {} : { responseBody: row.response_body }),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
  };
}

const DELIVERY = 'id, message_id, endpoint_id, attempts, state, dead_letter_reason, next_attempt_at';
interface DeliveryRow {
  readonly id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly attempts: number;
  readonly state: LoggedDelivery['state'];
  readonly dead_letter_reason: LoggedDelivery['deadLetterReason'] | null;
  readonly next_attempt_at: Date | null;
}

function loggedDelivery(row: DeliveryRow): LoggedDelivery {
  return {
    id: row.id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    attempts: row.attempts,
    state: row.state,
    ...(row.dead_letter_reason === null || row.dead_letter_reason === undefined
      ? {}
      : { deadLetterReason: row.dead_letter_reason }),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
  };
}
