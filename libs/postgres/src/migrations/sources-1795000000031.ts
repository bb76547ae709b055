import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which messages repeated an event that came before. */
export class Sources1795000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE matches ADD COLUMN is_repeat boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE matches DROP COLUMN is_repeat');
  }
}
