import type pg from 'pg';
import type { JournalFact, MessageRecord } from '@signpost/contracts';
import { DeliveryLogWriter, LogRefusedError } from '@signpost/ports';
import { isRefused, sqlStateOf } from '../connection.js';
import { inTransaction } from '../transaction.js';
import { closeRedriven, LOCK_DEAD_LETTERS, redriven, REDRIVEN_COLUMNS } from '../dead-letters/redriven.js';
import { MARK_COLUMNS, marksOf, RUN_COLUMNS, runRows } from '../account/rows.js';
import { INSERT_MARKS, UPSERT_RUNS } from '../account/statements.js';
import { arraysOf, names, unnest, type Column } from './columns.js';
import {
  ATTEMPT_LABEL_COLUMNS,
  attemptColumns,
  attemptLabels,
  attemptRows,
  DELIVERY_COLUMNS,
  deliveryRows,
  MATCH_COLUMNS,
  matchRows,
  MESSAGE_COLUMNS,
  MESSAGE_LABEL_COLUMNS,
  messageLabels,
  onceEach,
  REDELIVERY_COLUMNS,
  redeliveryRows,
} from './rows.js';
import { STAGE_COLUMNS, stageRows } from './stage-rows.js';
import { isDeliveryFact, type DeliveryFact } from './standing.js';

/** Writes batches: one statement a table, one transaction a batch. */
export class PostgresDeliveryLogWriter extends DeliveryLogWriter {
  private readonly attempts: readonly Column<ReturnType<typeof attemptRows>[number]>[];

  constructor(
    private readonly pool: pg.Pool,
    responseBodyBytes: number,
  ) {
    super();
    this.attempts = attemptColumns(responseBodyBytes);
  }

  async write(messages: readonly MessageRecord[], facts: readonly JournalFact[]): Promise<void> {
    const statements = this.statementsFor(messages, facts);
    if (statements.length === 0) return;
    await this.inItsDays(statements);
  }

  private statementsFor(messages: readonly MessageRecord[], facts: readonly JournalFact[]): Statement[] {
    try {
      const inserted = onceEach(messages, (message) => message.id);
      const ofDeliveries = facts.filter(isDeliveryFact);
      const attempts = attemptRows(ofDeliveries.filter((fact) => fact.kind === 'attempt'));
      const matches = matchRows(facts.filter((fact) => fact.kind === 'matched'));
      return [
        statement('messages', INSERT_MESSAGES, MESSAGE_COLUMNS, inserted),
        statement('message labels', INSERT_MESSAGE_LABELS, MESSAGE_LABEL_COLUMNS, messageLabels(inserted)),
        statement('matches', INSERT_MATCHES, MATCH_COLUMNS, matches),
        // Before the deliveries: what they have seen so far tells which attempts are repeats.
        statement('attempts', insertAttempts(this.attempts), this.attempts, attempts),
        statement('attempt labels', INSERT_ATTEMPT_LABELS, ATTEMPT_LABEL_COLUMNS, attemptLabels(attempts)),
        statement('deliveries', UPSERT_DELIVERIES, DELIVERY_COLUMNS, deliveryRows(ofDeliveries)),
        statement('delivery stages', INSERT_STAGES, STAGE_COLUMNS, stageRows(ofDeliveries)),
        statement('runs', UPSERT_RUNS, RUN_COLUMNS, runRows(ofDeliveries)),
        statement('marks', INSERT_MARKS, MARK_COLUMNS, marksOf(messages, facts)),
        ...redeliveryStatements(ofDeliveries),
        // Last, since others wait for its lock until the batch is committed.
        ...redrivenStatements(ofDeliveries),
      ].filter((one) => one !== undefined);
    } catch (error) {
      // A fact without its fields, or with fields of another type.
      throw new LogRefusedError('a record of the batch lacks a field that the delivery log needs', {}, error);
    }
  }

  /** A row that was on its way to where rows without a day go, when its day was made, finds it at the next try. */
  private async inItsDays(statements: readonly Statement[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.inOneTransaction(statements);
        return;
      } catch (error) {
        if (sqlStateOf(error) !== NOT_ITS_DAY || attempt === DAY_TRIES) throw error;
      }
    }
  }

  private async inOneTransaction(statements: readonly Statement[]): Promise<void> {
    try {
      await inTransaction(this.pool, async (client) => {
        for (const one of statements) await client.query(one);
      });
    } catch (error) {
      if (isRefused(error) && sqlStateOf(error) !== NOT_ITS_DAY) {
        throw new LogRefusedError('the database refuses a record of the batch', {}, error);
      }
      throw error;
    }
  }
}

/** Of the tables' constraints only those of the days are checks. */
const NOT_ITS_DAY = '23514';
/** As many days may be made while a batch is written. */
const DAY_TRIES = 10;

/** Named: each connection plans it once. */
interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: Buffer[];
}

function statement<R>(
  name: string,
  text: string,
  columns: readonly Column<R>[],
  rows: readonly R[],
): Statement | undefined {
  return rows.length === 0 ? undefined : { name: `log ${name}`, text, values: arraysOf(columns, rows) };
}

function redeliveryStatements(facts: readonly DeliveryFact[]): readonly (Statement | undefined)[] {
  const rows = redeliveryRows(facts);
  if (rows.length === 0) return [];
  const byKey = { name: 'log by key', text: BY_KEY, values: [] };
  return [byKey, statement('redeliveries', SETTLE_REDELIVERIES, REDELIVERY_COLUMNS, rows)];
}

function redrivenStatements(facts: readonly DeliveryFact[]): readonly (Statement | undefined)[] {
  const rows = redriven(facts);
  if (rows.length === 0) return [];
  const lock = { name: 'log lock of dead letters', text: LOCK_DEAD_LETTERS, values: [] };
  return [lock, statement('redriven', closeRedriven(unnest(REDRIVEN_COLUMNS, 'n')), REDRIVEN_COLUMNS, rows)];
}

const INSERT_MESSAGES = `INSERT INTO messages (${names(MESSAGE_COLUMNS)})
  SELECT ${names(MESSAGE_COLUMNS).replace('channels', 'channels::text[]')} FROM ${unnest(MESSAGE_COLUMNS, 'm')}
  ON CONFLICT DO NOTHING`;

const INSERT_MESSAGE_LABELS = `INSERT INTO message_labels (${names(MESSAGE_LABEL_COLUMNS)})
  SELECT ${names(MESSAGE_LABEL_COLUMNS)} FROM ${unnest(MESSAGE_LABEL_COLUMNS, 'l')} ON CONFLICT DO NOTHING`;

const INSERT_ATTEMPT_LABELS = `INSERT INTO attempt_labels (${names(ATTEMPT_LABEL_COLUMNS)})
  SELECT ${names(ATTEMPT_LABEL_COLUMNS)} FROM ${unnest(ATTEMPT_LABEL_COLUMNS, 'l')} ON CONFLICT DO NOTHING`;

const INSERT_STAGES = `INSERT INTO delivery_stages (${names(STAGE_COLUMNS)})
  SELECT ${names(STAGE_COLUMNS)} FROM ${unnest(STAGE_COLUMNS, 's')} ON CONFLICT DO NOTHING`;

const INSERT_MATCHES = `INSERT INTO matches AS m (${names(MATCH_COLUMNS)})
  SELECT ${names(MATCH_COLUMNS).replace('endpoint_ids', 'endpoint_ids::text[]')} FROM ${unnest(MATCH_COLUMNS, 'f')}
  ON CONFLICT (message_id) DO UPDATE SET endpoint_ids = ARRAY (
    SELECT unnest (m.endpoint_ids) UNION SELECT unnest (excluded.endpoint_ids) ORDER BY 1),
    is_repeat = m.is_repeat AND excluded.is_repeat
  WHERE NOT excluded.endpoint_ids <@ m.endpoint_ids OR (m.is_repeat AND NOT excluded.is_repeat)`;

// A subquery for each row rather than a join: it goes by the key into one day, whatever the planner thinks of the batch.
const insertAttempts = (
  columns: PostgresDeliveryLogWriter['attempts'],
): string => `INSERT INTO attempts (${names(columns)})
  SELECT ${names(columns, 'a.').replace('a.repeated', `a.repeated OR ${KNOWN_BEFORE}`)} FROM ${unnest(columns, 'a')}
  ON CONFLICT DO NOTHING`;

const KNOWN_BEFORE = `(a.attempt < 62 AND coalesce (
    (SELECT (d.seen >> a.attempt::int) & 1 FROM deliveries d WHERE d.id = a.delivery_id COLLATE "C"), 0) = 1)`;

const UPSERT_DELIVERIES = `INSERT INTO deliveries AS d (${names(DELIVERY_COLUMNS)})
  SELECT ${names(DELIVERY_COLUMNS)} FROM ${unnest(DELIVERY_COLUMNS, 'n')}
  ON CONFLICT (id) DO UPDATE SET
    standing = greatest (d.standing, excluded.standing),
    seen = d.seen | excluded.seen,
    first_run = d.first_run | excluded.first_run,
    attempts = greatest (d.attempts, excluded.attempts),
    state = CASE WHEN excluded.standing > d.standing THEN excluded.state ELSE d.state END,
    status = CASE WHEN excluded.standing > d.standing THEN excluded.status ELSE d.status END,
    next_attempt_at = CASE WHEN excluded.standing > d.standing THEN excluded.next_attempt_at ELSE d.next_attempt_at END,
    dead_letter_reason = CASE WHEN excluded.standing > d.standing THEN excluded.dead_letter_reason ELSE d.dead_letter_reason END
  WHERE excluded.standing > d.standing OR (excluded.seen & ~d.seen) <> 0 OR excluded.attempts > d.attempts
    OR (excluded.first_run & ~d.first_run) <> 0`;

// Until the commit: a row goes by its key into one day, where a hash join would read all days to save a few hundred looks.
const BY_KEY = `SELECT set_config ('enable_hashjoin', 'off', true), set_config ('enable_mergejoin', 'off', true)`;

// Each is counted once, however often its fact is told: it has a fate only once.
const SETTLE_REDELIVERIES = `WITH told AS (
    SELECT t.* FROM ${unnest(REDELIVERY_COLUMNS, 't')}
  ), settled AS (
    UPDATE redeliveries r SET result = told.result, settled_at = told.settled_at FROM told
    WHERE r.delivery_id = told.delivery_id COLLATE "C" AND r.number = told.number
      AND (r.result IS NULL OR r.result IN ('retrying', 'withdrawn', 'asked')) AND r.result IS DISTINCT FROM told.result
    RETURNING r.task_id, r.result
  )
  INSERT INTO recovery_results AS c (recovery_id, delivered, failed)
  SELECT task_id, count(*) FILTER (WHERE result = 'delivered'), count(*) FILTER (WHERE result <> 'delivered')
  FROM settled WHERE task_id IS NOT NULL AND result <> 'retrying' GROUP BY task_id ORDER BY task_id
  ON CONFLICT (recovery_id) DO UPDATE SET
    delivered = c.delivered + excluded.delivered, failed = c.failed + excluded.failed`;
