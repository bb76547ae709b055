import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages a second of one application from which on the rest goes the slow way (null: what intake has for all), and which messages did. */
export class ApplicationQuota1795000000034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE applications ADD COLUMN intake_quota integer');
    await runner.query('ALTER TABLE messages ADD COLUMN is_over_quota boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE messages DROP COLUMN is_over_quota');
    await runner.query('ALTER TABLE applications DROP COLUMN intake_quota');
  }
}
