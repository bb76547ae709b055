import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** Scopes and ends of API keys, portal tokens, and the audit log. */
export class Access1795000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...API_KEYS, ...PORTAL_TOKENS, ...AUDIT_LOG]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_log, portal_tokens');
    await runner.query('ALTER TABLE api_keys DROP COLUMN scopes, DROP COLUMN created_by, DROP COLUMN expires_at');
  }
}

// Null scopes are all of them: what every key had before.
const API_KEYS = [
  `ALTER TABLE api_keys ADD COLUMN scopes text[], ADD COLUMN created_by jsonb, ADD COLUMN expires_at timestamptz(3)`,
];

const PORTAL_TOKENS = [
  `CREATE TABLE portal_tokens (
    id ${ID} PRIMARY KEY,
    application_id ${ID} NOT NULL REFERENCES applications,
    hash text NOT NULL UNIQUE,
    capabilities text[] NOT NULL,
    feature_flags text[] NOT NULL,
    session_id text,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL
  )`,
  'CREATE INDEX portal_tokens_by_application ON portal_tokens (application_id, expires_at)',
  'CREATE INDEX portal_tokens_by_end ON portal_tokens (expires_at)',
];

// Ids carry their time: they order the lists, and retention deletes from the oldest on.
const AUDIT_LOG = [
  `CREATE TABLE audit_log (
    id ${ID} PRIMARY KEY,
    organisation_id ${ID} NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text,
    operation text NOT NULL,
    object_kind text NOT NULL,
    object_id ${ID} NOT NULL,
    application_id ${ID},
    before jsonb,
    after jsonb
  )`,
  'CREATE INDEX audit_log_by_organisation ON audit_log (organisation_id, id)',
  'CREATE INDEX audit_log_by_object ON audit_log (organisation_id, object_id, id)',
  'CREATE INDEX audit_log_by_application ON audit_log (organisation_id, application_id, id)',
  'CREATE INDEX audit_log_by_operation ON audit_log (organisation_id, operation, id)',
  'CREATE INDEX audit_log_by_actor ON audit_log (organisation_id, actor_id, id)',
];
