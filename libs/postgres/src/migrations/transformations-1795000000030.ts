import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** Transformations of endpoints, and their versions. */
export class Transformations1795000000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints ADD COLUMN transformation jsonb');
    // With the application, by which everything of an organisation is found.
    await runner.query(`CREATE TABLE transformation_versions (
      endpoint_id ${ID} NOT NULL REFERENCES endpoints,
      version integer NOT NULL,
      application_id ${ID} NOT NULL,
      sealed_code text NOT NULL,
      created_at timestamptz(3) NOT NULL,
      created_by jsonb NOT NULL,
      PRIMARY KEY (endpoint_id, version)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE transformation_versions');
    await runner.query('ALTER TABLE endpoints DROP COLUMN transformation');
  }
}
