import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which payloads are checked by their schema, and the schemas carried to whoever checks. */
export class PayloadValidation1795000000032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE applications ADD COLUMN validation jsonb');
    await runner.query('ALTER TABLE event_types ADD COLUMN validation text');
    // Published before, they lack their schema.
    await runner.query(
      `INSERT INTO outbox (kind, id)
       SELECT 'event-type', organisation_id || '/' || name FROM event_types WHERE schemas IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE applications DROP COLUMN validation');
    await runner.query('ALTER TABLE event_types DROP COLUMN validation');
  }
}
