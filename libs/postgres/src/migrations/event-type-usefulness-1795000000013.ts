import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long a message of a type is worth sending, and whether a newer one takes its place. */
export class EventTypeUsefulness1795000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event_types ADD COLUMN time_to_live_ms bigint, ADD COLUMN coalesce text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event_types DROP COLUMN time_to_live_ms, DROP COLUMN coalesce');
  }
}
