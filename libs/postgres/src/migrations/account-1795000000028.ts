import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** What the account is counted from beside the log's rows, and what was counted. */
export class Account1795000000028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE account_state, account_minutes, account_marks, runs');
    await runner.query('ALTER TABLE deliveries DROP COLUMN first_run');
  }
}

const COUNTS = [
  'accepted',
  'matched',
  'nobody',
  'undecided',
  'early_messages',
  'early_runs',
  'deliveries',
  'redeliveries',
  'fate_delivered',
  'fate_dead_lettered',
  'fate_expired',
  'fate_superseded',
  'fate_declined',
  'fate_cancelled',
  'pending_fresh',
  'pending_returning',
  'pending_tier',
  'pending_parked',
  'pending_taken_over',
  'difference_unmatched',
  'difference_unrecorded',
  'difference_fresh_lost',
  'difference_returning_lost',
  'difference_tier_lost',
  'difference_parked_lost',
  'difference_not_owed',
  'difference_several_fates',
];

const STATEMENTS = [
  // The delivery as it was first owed: its fates, and whether any fact of it is known, as bits. Rows that are there stay as they are.
  'ALTER TABLE deliveries ADD COLUMN first_run smallint NOT NULL DEFAULT 0',
  // The other runs of a delivery, by their number: one row for each redelivery that facts speak of.
  `CREATE TABLE runs (
    delivery_id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    standing bigint NOT NULL,
    next_attempt_at timestamptz(3),
    at timestamptz(3) NOT NULL,
    number smallint NOT NULL,
    notes smallint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (delivery_id, number)
  ) PARTITION BY RANGE (delivery_id)`,
  'CREATE TABLE runs_other PARTITION OF runs DEFAULT',
  // Minutes since 1970 whose rows have changed. Deleted when they are counted.
  `CREATE TABLE account_marks (
    minute bigint NOT NULL,
    at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    arrival boolean NOT NULL
  )`,
  'CREATE INDEX account_marks_by_minute ON account_marks (minute)',
  // A minute by the lowest message id that it can have: so its day is kept and dropped as the log's days are.
  `CREATE TABLE account_minutes (
    minute ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    counted_at timestamptz(3) NOT NULL,
    -- When something of the minute was last accepted or matched, as far as was recorded by then.
    arrived_at timestamptz(3),
    -- When it has to be counted again though nothing new is recorded.
    look_at timestamptz(3),
    ${COUNTS.map((name) => `${name} integer NOT NULL`).join(', ')},
    difference integer NOT NULL,
    PRIMARY KEY (minute, application_id)
  ) PARTITION BY RANGE (minute)`,
  'CREATE INDEX account_minutes_by_application ON account_minutes (application_id, minute)',
  'CREATE INDEX account_minutes_to_look_at ON account_minutes (look_at) WHERE look_at IS NOT NULL',
  'CREATE INDEX account_minutes_that_differ ON account_minutes (minute) WHERE difference > 0',
  'CREATE TABLE account_minutes_other PARTITION OF account_minutes DEFAULT',
  `CREATE TABLE account_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Messages accepted before were recorded without what the account needs.
    counted_from timestamptz(3) NOT NULL,
    settled_at timestamptz(3),
    holder text,
    held_until timestamptz(3) NOT NULL DEFAULT '-infinity'
  )`,
  // Where there is a log already, its recorders are replaced within these minutes.
  `INSERT INTO account_state (counted_from) SELECT CASE
    WHEN EXISTS (SELECT FROM messages) OR EXISTS (SELECT FROM matches) OR EXISTS (SELECT FROM deliveries)
    THEN date_trunc ('minute', now()) + interval '15 minutes' ELSE 'epoch' END`,
];
