import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How an endpoint's conversations keep their order; null: they need not. */
export class ConversationOrder1795000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints ADD COLUMN ordering jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints DROP COLUMN ordering');
  }
}
