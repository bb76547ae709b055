import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What messages have to hold for an endpoint to get them; null: anything. As text, in the order in which it was written. */
export class EndpointFilters1795000000029 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints ADD COLUMN filters json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints DROP COLUMN filters');
  }
}
