import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What waits for somebody is found without reading what does not: dead letters, recoveries that go on, changes under way. */
export class WaitingWork1795000000035 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox DROP COLUMN at');
    await runner.query('DROP INDEX recoveries_open, dead_letters_waiting');
  }
}

const STATEMENTS = [
  'CREATE INDEX dead_letters_waiting ON dead_letters (reason_class, dead_at) WHERE dead',
  "CREATE INDEX recoveries_open ON recoveries (status) WHERE status IN ('running', 'paused')",
  // Of what is there: from now on.
  'ALTER TABLE outbox ADD COLUMN at timestamptz(3) NOT NULL DEFAULT now()',
];
