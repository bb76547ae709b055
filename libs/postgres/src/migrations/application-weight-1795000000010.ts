import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An application's share of the dispatchers' turns. */
export class ApplicationWeight1795000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE applications ADD COLUMN weight integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE applications DROP COLUMN weight');
  }
}
