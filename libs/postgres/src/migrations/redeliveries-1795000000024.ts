import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** What was asked for again, and the background tasks that ask. */
export class Redeliveries1795000000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_dead_lettered');
    await runner.query('DROP TABLE background_tasks, redeliveries');
  }
}

const STATEMENTS = [
  // By delivery id, and so by the message's time, as deliveries are: PartitionKeeper makes and drops the days.
  `CREATE TABLE redeliveries (
    delivery_id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    task_id ${ID},
    sequence bigint,
    asked_at timestamptz(3) NOT NULL DEFAULT now(),
    number smallint NOT NULL,
    attempts_before smallint NOT NULL,
    PRIMARY KEY (delivery_id, number)
  ) PARTITION BY RANGE (delivery_id)`,
  'CREATE TABLE redeliveries_other PARTITION OF redeliveries DEFAULT',
  // A delivery has one number in one task, however often the task is taken up again.
  'CREATE UNIQUE INDEX redeliveries_once_a_task ON redeliveries (delivery_id, task_id) WHERE task_id IS NOT NULL',
  'CREATE INDEX redeliveries_by_task ON redeliveries (task_id, sequence) WHERE task_id IS NOT NULL',
  `CREATE TABLE background_tasks (
    id ${ID} PRIMARY KEY,
    organisation_id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    since timestamptz(3) NOT NULL,
    until timestamptz(3) NOT NULL,
    status text NOT NULL DEFAULT 'running',
    reason text,
    -- Everything up to and with this delivery has been looked at.
    looked_at ${ID} NOT NULL,
    -- The last that was numbered, and the last that is with its lane.
    sequence bigint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    without_payload bigint NOT NULL DEFAULT 0,
    under_way bigint NOT NULL DEFAULT 0,
    too_often bigint NOT NULL DEFAULT 0,
    holder text,
    held_until timestamptz(3) NOT NULL DEFAULT now(),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX background_tasks_by_organisation ON background_tasks (organisation_id, id)',
  "CREATE INDEX background_tasks_running ON background_tasks (held_until) WHERE status = 'running'",
  "CREATE INDEX deliveries_dead_lettered ON deliveries (endpoint_id, id) WHERE state = 'dead-lettered'",
  // Ranks have the redelivery's number in them now: see standing.ts.
  `UPDATE deliveries SET standing = (standing & ((1::bigint << 55) - 1)) | CASE
    WHEN state = 'delivered' THEN 1::bigint << 62
    WHEN state IN ('pending', 'waiting', 'parked') THEN 0
    ELSE 1::bigint << 55 END`,
];
