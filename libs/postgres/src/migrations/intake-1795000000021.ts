import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/**
 * Idempotency keys, event ids, and when a message's payload is to go. Rows of the first two are written twice, then deleted in the
 * order of their time: room is left in each page for the second writing, and vacuum does not wait for a fifth of the table.
 */
export class Intake1795000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys, event_ids');
    await runner.query('ALTER TABLE messages DROP COLUMN payload_expires_at');
  }
}

const STORAGE = 'WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)';

const STATEMENTS = [
  `CREATE TABLE idempotency_keys (
    scope bytea NOT NULL,
    fingerprint bytea NOT NULL,
    first_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    holder text NOT NULL,
    held_until timestamptz(3) NOT NULL,
    status smallint,
    body bytea,
    PRIMARY KEY (scope)
  ) ${STORAGE}`,
  'CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at)',
  `CREATE TABLE event_ids (
    application_id ${ID} NOT NULL,
    event_id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    fingerprint bytea NOT NULL,
    reserved_at timestamptz(3) NOT NULL,
    holder text NOT NULL,
    held_until timestamptz(3) NOT NULL,
    confirmed boolean NOT NULL,
    PRIMARY KEY (application_id, event_id)
  ) ${STORAGE}`,
  'CREATE INDEX event_ids_by_time ON event_ids (reserved_at)',
  'ALTER TABLE messages ADD COLUMN payload_expires_at timestamptz(3)',
  // Empty but for messages that ask for it.
  'CREATE INDEX messages_by_payload_expiry ON messages (payload_expires_at) WHERE payload_expires_at IS NOT NULL AND payload IS NOT NULL',
];
