import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** Background tasks become recoveries: any selection, over any number of endpoints, with what became of each record. */
export class Recoveries1795000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of BACK) await runner.query(statement);
  }
}

const STATEMENTS = [
  'ALTER TABLE background_tasks RENAME TO recoveries',
  'DROP INDEX background_tasks_running',
  'ALTER INDEX background_tasks_by_organisation RENAME TO recoveries_by_organisation',
  'ALTER TABLE recoveries RENAME COLUMN reason TO failure',
  `ALTER TABLE recoveries
    ALTER COLUMN application_id DROP NOT NULL,
    ALTER COLUMN endpoint_id DROP NOT NULL,
    -- As the peer's API names it; null: it was asked for as a recovery.
    ADD COLUMN task text,
    ADD COLUMN kind text NOT NULL DEFAULT 'redrive',
    -- What else narrows the selection, by its names in RecoverySelection.
    ADD COLUMN selection jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN to_url text,
    ADD COLUMN why text,
    ADD COLUMN actor jsonb NOT NULL DEFAULT '{"kind":"signpost"}',
    ADD COLUMN per_second integer,
    ADD COLUMN concurrency integer,
    ADD COLUMN only_while_healthy boolean NOT NULL DEFAULT false,
    ADD COLUMN waiting jsonb,
    -- The endpoint that is being looked at; all of those before it are through.
    ADD COLUMN at_endpoint ${ID} NOT NULL DEFAULT '',
    -- All up to this sequence is where it goes; done counts what of it was handed over.
    ADD COLUMN confirmed bigint NOT NULL DEFAULT 0,
    ADD COLUMN already_owed bigint NOT NULL DEFAULT 0`,
  `UPDATE recoveries SET task = 'endpoint.recover', confirmed = done, at_endpoint = endpoint_id,
    status = CASE WHEN failure = 'cancelled' THEN 'aborted' ELSE status END`,
  "UPDATE recoveries SET failure = NULL WHERE failure = 'cancelled'",
  // Those that somebody has to work on: what of an ended one was numbered and not handed over has to be withdrawn.
  `CREATE INDEX recoveries_to_do ON recoveries (held_until)
    WHERE status = 'running' OR (status IN ('aborted', 'failed') AND confirmed < sequence)`,

  // What became of it: null until its first attempt, then 'retrying', then its fate, or 'withdrawn'.
  'ALTER TABLE redeliveries ADD COLUMN result text, ADD COLUMN why text, ADD COLUMN settled_at timestamptz(3)',
  // Where a delivery's state is that of a redelivery or of a later one, the redelivery has ended.
  `UPDATE redeliveries r SET result = CASE
      WHEN (d.standing >> 56 & 63) > r.number THEN 'superseded' WHEN d.status = 1 OR d.status = 3 THEN NULL ELSE d.state END
    FROM deliveries d WHERE d.id = r.delivery_id AND (d.standing >> 56 & 63) >= r.number`,
  'CREATE INDEX redeliveries_not_attempted ON redeliveries (task_id, sequence) WHERE task_id IS NOT NULL AND result IS NULL',
  // What a recovery looked at and did not hand to a lane: left out, or tried at another URL.
  `CREATE TABLE recovery_records (
    delivery_id ${ID} NOT NULL,
    recovery_id ${ID} NOT NULL,
    sequence bigint NOT NULL,
    message_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    result text,
    why text,
    status smallint,
    settled_at timestamptz(3),
    PRIMARY KEY (delivery_id, recovery_id)
  ) PARTITION BY RANGE (delivery_id)`,
  'CREATE TABLE recovery_records_other PARTITION OF recovery_records DEFAULT',
  'CREATE INDEX recovery_records_by_recovery ON recovery_records (recovery_id, sequence)',
  // Counted by the recorder, apart from the recovery's own row: neither waits for the other.
  `CREATE TABLE recovery_results (
    recovery_id ${ID} PRIMARY KEY,
    delivered bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0
  )`,
];

const BACK = [
  'DROP TABLE recovery_results, recovery_records',
  'DROP INDEX redeliveries_not_attempted, recoveries_to_do',
  'ALTER TABLE redeliveries DROP COLUMN result, DROP COLUMN why, DROP COLUMN settled_at',
  'DELETE FROM recoveries WHERE task IS NULL',
  `UPDATE recoveries SET failure = CASE status WHEN 'aborted' THEN 'cancelled' ELSE failure END,
    status = CASE status WHEN 'aborted' THEN 'failed' WHEN 'paused' THEN 'running' ELSE status END`,
  `ALTER TABLE recoveries DROP COLUMN task, DROP COLUMN kind, DROP COLUMN selection, DROP COLUMN to_url, DROP COLUMN why,
    DROP COLUMN actor, DROP COLUMN per_second, DROP COLUMN concurrency, DROP COLUMN only_while_healthy,
    DROP COLUMN waiting, DROP COLUMN at_endpoint, DROP COLUMN confirmed, DROP COLUMN already_owed`,
  'ALTER TABLE recoveries RENAME COLUMN failure TO reason',
  'ALTER INDEX recoveries_by_organisation RENAME TO background_tasks_by_organisation',
  'ALTER TABLE recoveries RENAME TO background_tasks',
  "CREATE INDEX background_tasks_running ON background_tasks (held_until) WHERE status = 'running'",
];
