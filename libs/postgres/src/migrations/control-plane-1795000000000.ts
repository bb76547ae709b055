import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids compare byte by byte: their text order is the order of their time, and no locale is asked. */
const ID = 'text COLLATE "C"';

export class ControlPlane1795000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ACCOUNTS, ...APPLICATIONS, ...ENDPOINTS, ...EVENT_TYPES, ...OUTBOX]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox, event_types, endpoints, applications, api_keys, organisations');
    await runner.query('DROP FUNCTION announce_outbox()');
  }
}

const ACCOUNTS = [
  `CREATE TABLE organisations (
    id ${ID} PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz(3) NOT NULL
  )`,
  `CREATE TABLE api_keys (
    id ${ID} PRIMARY KEY,
    organisation_id ${ID} NOT NULL REFERENCES organisations,
    name text NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL UNIQUE,
    version integer NOT NULL,
    created_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3)
  )`,
  'CREATE INDEX api_keys_by_organisation ON api_keys (organisation_id, id)',
];

// Deleted rows stay: the version of what was deleted has to go on, so that a late older state is known as old.
const APPLICATIONS = [
  `CREATE TABLE applications (
    id ${ID} PRIMARY KEY,
    organisation_id ${ID} NOT NULL REFERENCES organisations,
    uid ${ID},
    name text NOT NULL,
    metadata jsonb NOT NULL,
    throttle_rate integer,
    version integer NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3)
  )`,
  'CREATE UNIQUE INDEX applications_uid ON applications (organisation_id, uid) WHERE deleted_at IS NULL',
  'CREATE INDEX applications_by_organisation ON applications (organisation_id, id) WHERE deleted_at IS NULL',
];

const ENDPOINTS = [
  `CREATE TABLE endpoints (
    id ${ID} PRIMARY KEY,
    application_id ${ID} NOT NULL REFERENCES applications,
    uid ${ID},
    url text NOT NULL,
    description text NOT NULL,
    disabled boolean NOT NULL,
    disabled_reason text,
    event_types text[],
    channels text[],
    metadata jsonb NOT NULL,
    headers jsonb,
    throttle_rate integer,
    retry_schedule jsonb NOT NULL,
    secrets text[] NOT NULL,
    version integer NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3)
  )`,
  'CREATE UNIQUE INDEX endpoints_uid ON endpoints (application_id, uid) WHERE deleted_at IS NULL',
  'CREATE INDEX endpoints_by_application ON endpoints (application_id, id) WHERE deleted_at IS NULL',
];

const EVENT_TYPES = [
  `CREATE TABLE event_types (
    organisation_id ${ID} NOT NULL REFERENCES organisations,
    name ${ID} NOT NULL,
    description text NOT NULL,
    archived boolean NOT NULL,
    deprecated boolean NOT NULL,
    feature_flag text,
    schemas json,
    version integer NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    PRIMARY KEY (organisation_id, name)
  )`,
];

const OUTBOX = [
  `CREATE TABLE outbox (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    id ${ID} NOT NULL
  )`,
  // Waits for the commit by itself: a listener never hears of a row that it cannot read yet.
  `CREATE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS
   $$ BEGIN PERFORM pg_notify('signpost_outbox', ''); RETURN NULL; END $$`,
  'CREATE TRIGGER outbox_announced AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox()',
];
