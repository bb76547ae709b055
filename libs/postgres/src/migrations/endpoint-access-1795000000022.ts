import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets that rotate, headers that are sealed, how an endpoint is authenticated to and timed, and its pause. */
export class EndpointAccess1795000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE endpoints
      ADD COLUMN retired_secrets jsonb,
      ADD COLUMN authentication jsonb,
      ADD COLUMN timeouts jsonb,
      ADD COLUMN paused jsonb`);
    // Few at any time: found by whoever looks for what has expired.
    await runner.query('CREATE INDEX endpoints_rotated ON endpoints (id) WHERE retired_secrets IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE endpoints
      DROP COLUMN retired_secrets, DROP COLUMN authentication, DROP COLUMN timeouts, DROP COLUMN paused`);
  }
}
