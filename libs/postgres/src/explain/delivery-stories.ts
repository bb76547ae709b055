import { timeOfId, type DeliveryId, type EndpointId, type StageName } from '@signpost/domain';
import type { ExplainedMessage, LoggedAttempt, LoggedDelivery, LoggedStage } from '@signpost/ports';
import { deliveryRange } from '../delivery-log/days.js';
import { attemptColumns, DELIVERY, loggedAttempt, loggedDelivery } from '../delivery-log/logged-rows.js';
import type { AttemptRow, DeliveryRow } from '../delivery-log/logged-rows.js';
import type { Query } from '../delivery-log/query.js';
import { earliestAfter, type Span } from '../delivery-log/spans.js';
import { Where } from '../delivery-log/where.js';
import { NEVER_SENT } from '../redelivery/never-sent.js';

/** Of each delivery, the newest. */
const MOST_ATTEMPTS = 30;
const MOST_STAGES = 30;
const MOST_REDELIVERIES = 30;
/** Within which most deliveries have ended. A query over all days of the log costs milliseconds before it reads anything. */
const SOON_MS = 2 * 86_400_000;
/** Endpoints that a message was sent to without having been matched. */
const MOST_UNASKED = 1_000;

const IS_ASKED = `NOT ${NEVER_SENT}`;

interface StageRow {
  readonly delivery_id: DeliveryId;
  readonly kind: StageName;
  readonly at: Date;
  readonly reason: string | null;
}

/** What the log knows of some of a message's deliveries. */
export interface DeliveryStories {
  readonly deliveries: ReadonlyMap<DeliveryId, LoggedDelivery>;
  readonly attempts: ReadonlyMap<DeliveryId, readonly LoggedAttempt[]>;
  readonly stages: ReadonlyMap<DeliveryId, readonly LoggedStage[]>;
  readonly redeliveries: ReadonlyMap<DeliveryId, readonly Date[]>;
}

interface MatchRow {
  readonly at: Date;
  readonly endpoint_ids: EndpointId[];
  readonly is_repeat: boolean;
}

export class DeliveryStoryReader {
  constructor(private readonly query: Query) {}

  async matched(message: ExplainedMessage): Promise<MatchRow | undefined> {
    const where = new Where().and('message_id = ?', message.id).and('application_id = ?', message.applicationId);
    const sql = `SELECT at, endpoint_ids, is_repeat FROM matches WHERE ${where.sql}`;
    return (await this.query<MatchRow>(sql, where))[0];
  }

  /** Endpoints that the message was sent to all the same, or is to be: somebody asked for it. */
  async unasked(message: ExplainedMessage, matched: readonly EndpointId[]): Promise<readonly EndpointId[]> {
    const range = deliveryRange(message.id);
    if (range === undefined) return [];
    const where = new Where();
    const [from, to, of] = [where.parameter(range.from), where.parameter(range.to), where.parameter(message.id)];
    const known = where.parameter(matched);
    const part = (table: string, id: string) =>
      `SELECT endpoint_id FROM ${table} WHERE ${id} >= ${from} AND ${id} < ${to} AND message_id = ${of}
         AND endpoint_id <> ALL (${known}::text[])`;
    const again = `${part('redeliveries', 'delivery_id')} AND ${IS_ASKED}`;
    const sql = `${part('deliveries', 'id')} UNION ${again} LIMIT ${String(MOST_UNASKED)}`;
    return (await this.query<{ endpoint_id: EndpointId }>(sql, where)).map((row) => row.endpoint_id);
  }

  async of(message: ExplainedMessage, ids: readonly DeliveryId[]): Promise<DeliveryStories> {
    if (ids.length === 0) {
      return { deliveries: new Map(), attempts: new Map(), stages: new Map(), redeliveries: new Map() };
    }
    const known = this.deliveries(ids);
    const [deliveries, attempts, stages, redeliveries] = await Promise.all([
      known,
      this.attemptsOf(message, ids, known),
      this.stages(ids),
      this.redeliveries(ids),
    ]);
    return {
      deliveries: new Map(deliveries.map((row) => [row.id, loggedDelivery(row)])),
      attempts: lastOf(
        grouped(attempts, (row) => row.delivery_id, loggedAttempt),
        MOST_ATTEMPTS,
      ),
      stages: grouped(stages, (row) => row.delivery_id, loggedStage),
      redeliveries: grouped(
        redeliveries,
        (row) => row.delivery_id,
        (row) => row.asked_at,
      ),
    };
  }

  private deliveries(ids: readonly DeliveryId[]): Promise<DeliveryRow[]> {
    const where = new Where().and('id = ANY (?::text[])', ids);
    return this.query<DeliveryRow>(`SELECT ${DELIVERY} FROM deliveries WHERE ${where.sql}`, where);
  }

  /** Most deliveries have ended soon: days beyond are looked into for those that tell of more attempts than were found. */
  private async attemptsOf(
    message: ExplainedMessage,
    ids: readonly DeliveryId[],
    deliveries: Promise<readonly DeliveryRow[]>,
  ): Promise<readonly AttemptRow[]> {
    const soonMs = (timeOfId(message.id) ?? 0) + SOON_MS;
    const soon = await this.attempts(message, ids, { fromMs: earliestAfter(message.id), toMs: soonMs });
    const highest = new Map<DeliveryId, number>();
    for (const { delivery_id, attempt } of soon) {
      highest.set(delivery_id, Math.max(attempt, highest.get(delivery_id) ?? 0));
    }
    const missing = (await deliveries).filter(({ id, attempts }) => attempts > (highest.get(id) ?? 0));
    if (missing.length === 0) return soon;
    const later = await this.attempts(message, ids, { fromMs: soonMs });
    return [...soon, ...later];
  }

  private attempts(message: ExplainedMessage, ids: readonly DeliveryId[], span: Span): Promise<AttemptRow[]> {
    const where = new Where()
      .and('message_id = ?', message.id)
      .span('id', 'atmpt', span)
      .and('delivery_id = ANY (?::text[])', ids);
    const sql = newest(attemptColumns(false), `attempts WHERE ${where.sql}`, 'id', MOST_ATTEMPTS);
    return this.query<AttemptRow>(sql, where);
  }

  private stages(ids: readonly DeliveryId[]): Promise<StageRow[]> {
    const where = new Where().and('delivery_id = ANY (?::text[])', ids);
    const sql = newest('delivery_id, kind, at, reason', `delivery_stages WHERE ${where.sql}`, 'at', MOST_STAGES);
    return this.query<StageRow>(sql, where);
  }

  private redeliveries(ids: readonly DeliveryId[]): Promise<{ delivery_id: DeliveryId; asked_at: Date }[]> {
    const where = new Where().and('delivery_id = ANY (?::text[])', ids);
    const sql = newest(
      'delivery_id, asked_at',
      `redeliveries WHERE ${where.sql} AND ${IS_ASKED}`,
      'asked_at',
      MOST_REDELIVERIES,
    );
    return this.query(sql, where);
  }
}

/** The newest rows of each delivery, oldest first. */
function newest(columns: string, from: string, order: string, most: number): string {
  return `SELECT * FROM (
    SELECT ${columns}, row_number() OVER (PARTITION BY delivery_id ORDER BY ${order} DESC) AS place FROM ${from}
  ) ranked WHERE place <= ${String(most)} ORDER BY ${order}`;
}

function grouped<R, K, T>(rows: readonly R[], keyOf: (row: R) => K, show: (row: R) => T): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    group.push(show(row));
    groups.set(keyOf(row), group);
  }
  return groups;
}

/** Of each list the last so many. */
function lastOf<K, T>(lists: ReadonlyMap<K, readonly T[]>, most: number): ReadonlyMap<K, readonly T[]> {
  return new Map([...lists].map(([key, list]) => [key, list.slice(-most)]));
}

const loggedStage = ({ kind, at, reason }: StageRow): LoggedStage => ({
  kind,
  at,
  ...(reason === null ? {} : { reason }),
});
