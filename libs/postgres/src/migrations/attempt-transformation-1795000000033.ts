import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which version of its endpoint's transformation made an attempt's request, or failed to. */
export class AttemptTransformation1795000000033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE attempts ADD COLUMN transformation integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE attempts DROP COLUMN transformation');
  }
}
