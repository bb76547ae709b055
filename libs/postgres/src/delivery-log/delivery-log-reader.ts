import type pg from 'pg';
import {
  deliveryIdOf,
  deliveryStatus,
  isId,
  type ApplicationId,
  type DeliveryStatus,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import {
  DeliveryLogReader,
  type AttemptFilter,
  type DeliveryFilter,
  type EndpointMessage,
  type LoggedAttempt,
  type LoggedDelivery,
  type LoggedMessage,
  type LogPage,
  type LogRange,
  type LogRows,
  type MessageFilter,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import { AttemptLists } from './attempt-lists.js';
import { deliveryRange } from './days.js';
import { DeliveryLists } from './delivery-lists.js';
import {
  attemptColumns,
  DELIVERY,
  loggedAttempt,
  loggedDelivery,
  loggedMessage,
  messageColumns,
  type AttemptRow,
  type DeliveryRow,
  type MessageRow,
} from './logged-rows.js';
import { MessageLists } from './message-lists.js';
import type { Query } from './query.js';
import { Where } from './where.js';

export class PostgresDeliveryLogReader extends DeliveryLogReader {
  private readonly messageLists: MessageLists;
  private readonly attemptLists: AttemptLists;
  private readonly deliveryLists: DeliveryLists;
  private readonly query: Query;

  constructor(pool: pg.Pool, lists: pg.Pool = pool) {
    super();
    this.query = queryOf(pool);
    const inOrder = queryOf(lists);
    this.messageLists = new MessageLists(this.query, inOrder);
    this.attemptLists = new AttemptLists(this.query, inOrder);
    this.deliveryLists = new DeliveryLists(this.query, inOrder);
  }

  async message(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage | undefined> {
    const byId = isId('msg', idOrEventId) ? await this.messageOf(applicationId, idOrEventId) : undefined;
    if (byId !== undefined) return byId;
    const where = new Where().and('application_id = ?', applicationId).and('event_id = ?', idOrEventId);
    // Without an order: the planner would look for the newest in the order of the ids.
    const same = await this.query<{ id: MessageId }>(`SELECT id FROM messages WHERE ${where.sql} LIMIT 100`, where);
    const [first, ...others] = same.map(({ id }) => id);
    if (first === undefined) return undefined;
    return this.messageOf(
      applicationId,
      others.reduce((a, b) => (a > b ? a : b), first),
    );
  }

  async messages(applicationId: ApplicationId, page: LogPage, filter: MessageFilter): Promise<LogRows<LoggedMessage>> {
    return shown(await this.messageLists.ofApplication(applicationId, page, filter), loggedMessage);
  }

  async messagesOf(
    applicationId: ApplicationId,
    ids: readonly MessageId[],
    withContent: boolean,
  ): Promise<ReadonlyMap<MessageId, LoggedMessage>> {
    if (ids.length === 0) return new Map();
    const where = new Where().and('id = ANY (?::text[])', ids).and('application_id = ?', applicationId);
    const sql = `SELECT ${messageColumns(withContent)} FROM messages WHERE ${where.sql}`;
    const rows = await this.query<MessageRow>(sql, where);
    return new Map(rows.map((row) => [row.id, loggedMessage(row)]));
  }

  messageIds(applicationId: ApplicationId, search: string): Promise<readonly MessageId[]> {
    return this.messageLists.idsOf(applicationId, search);
  }

  async attempt(applicationId: ApplicationId, messageId: string, id: string): Promise<LoggedAttempt | undefined> {
    const where = new Where()
      .and('id = ?', id)
      .and('message_id = ?', messageId)
      .and('application_id = ?', applicationId);
    const sql = `SELECT ${attemptColumns(true)} FROM attempts WHERE ${where.sql}`;
    const [row] = await this.query<AttemptRow>(sql, where);
    return row === undefined ? undefined : loggedAttempt(row);
  }

  async attemptsOfMessage(
    applicationId: ApplicationId,
    messageId: string,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<LogRows<LoggedAttempt>> {
    return shown(await this.attemptLists.ofMessage(messageId, page, { ...filter, applicationId }), loggedAttempt);
  }

  async attemptsOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<LogRows<LoggedAttempt>> {
    return shown(await this.attemptLists.ofEndpoint(endpointId, page, { ...filter, applicationId }), loggedAttempt);
  }

  async messagesOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: DeliveryFilter,
  ): Promise<LogRows<EndpointMessage>> {
    const found = await this.deliveryLists.ofEndpoint(endpointId, page, { ...filter, applicationId });
    const ids = found.rows.map((row) => row.message_id);
    const messages = await this.messagesOf(applicationId, ids, page.withContent !== false);
    return shown(found, (row) => endpointMessage(row, messages.get(row.message_id)));
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
      this.query<{ endpoint_ids: EndpointId[] }>(`SELECT endpoint_ids FROM matches WHERE ${match.sql}`, match),
      this.query<DeliveryRow>(`SELECT ${DELIVERY} FROM deliveries WHERE ${some.sql}`, some),
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

  private async messageOf(applicationId: ApplicationId, id: MessageId): Promise<LoggedMessage | undefined> {
    return (await this.messagesOf(applicationId, [id], true)).get(id);
  }

  deliveryCounts(endpointId: EndpointId, range: LogRange): Promise<Readonly<Record<DeliveryStatus, number>>> {
    return this.deliveryLists.counts(endpointId, range);
  }
}

function queryOf(pool: pg.Pool): Query {
  return async <R extends object>(sql: string, where: Pick<Where, 'values'>) =>
    (await reachable(() => pool.query<R>(sql, where.values))).rows;
}

function shown<R, T>({ rows, ...rest }: LogRows<R>, show: (row: R) => T): LogRows<T> {
  return { ...rest, rows: rows.map(show) };
}

function endpointMessage(row: DeliveryRow, message: LoggedMessage | undefined): EndpointMessage {
  return {
    delivery: loggedDelivery(row),
    status: deliveryStatus(row.state),
    eventType: row.event_type,
    ...(message === undefined ? {} : { message }),
  };
}
