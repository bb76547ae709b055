import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How an endpoint is called, and whether it agreed to be. */
export class EndpointEgress1795000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints ADD COLUMN tls jsonb, ADD COLUMN permission jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints DROP COLUMN tls, DROP COLUMN permission');
  }
}
