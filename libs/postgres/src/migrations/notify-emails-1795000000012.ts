import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told by e-mail when an endpoint fails. */
export class NotifyEmails1795000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} ADD COLUMN notify_emails text[]`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} DROP COLUMN notify_emails`);
  }
}

const TABLES = ['applications', 'endpoints'] as const;
