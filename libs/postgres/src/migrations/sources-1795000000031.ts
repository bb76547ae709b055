import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** Which messages repeated an event that came before, and the index of rejected records. */
export class Sources1795000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM recoveries WHERE kind = 'rejected'");
    await runner.query('DROP TABLE rejected_records');
    await runner.query('ALTER TABLE matches DROP COLUMN is_repeat');
  }
}

const STATEMENTS = [
  'ALTER TABLE matches ADD COLUMN is_repeat boolean NOT NULL DEFAULT false',
  // It says nothing that the topic does not, but for what somebody corrected, and forgets with it.
  `CREATE TABLE rejected_records (
    -- By the time of its first rejection.
    id ${ID} PRIMARY KEY,
    -- Null where it is nobody's: nobody is shown it.
    organisation_id ${ID},
    code text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    source_topic text COLLATE "C" NOT NULL,
    source_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    position_partition integer NOT NULL,
    position_offset bigint NOT NULL,
    rejected_at timestamptz(3) NOT NULL,
    is_cut boolean NOT NULL,
    -- How often it was sent on its way again, and after how many of these it was rejected last.
    redrives smallint NOT NULL,
    rejected_after smallint NOT NULL,
    open boolean NOT NULL GENERATED ALWAYS AS (rejected_after >= redrives) STORED,
    -- The recovery that sent it last, its place in it, and when.
    recovery_id ${ID},
    sequence bigint,
    redriven_at timestamptz(3),
    corrected_value bytea,
    corrected_headers jsonb,
    corrected_at timestamptz(3),
    corrected_by jsonb,
    UNIQUE (source_topic, source_partition, source_offset)
  )`,
  'CREATE INDEX rejected_records_by_state ON rejected_records (organisation_id, open, id)',
  'CREATE INDEX rejected_records_by_age ON rejected_records (rejected_at)',
  'CREATE INDEX rejected_records_by_code ON rejected_records (organisation_id, open, code, id)',
  'CREATE INDEX rejected_records_by_topic ON rejected_records (organisation_id, open, source_topic, id)',
  'CREATE INDEX rejected_records_by_recovery ON rejected_records (recovery_id, sequence) WHERE recovery_id IS NOT NULL',
];
