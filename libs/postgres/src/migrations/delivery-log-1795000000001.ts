import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/**
 * Partitioned by id, and so by time; PartitionKeeper makes and drops the days. No foreign keys and few indexes:
 * each costs every row, and the recorder writes more rows than everything else together.
 */
export class DeliveryLog1795000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
    for (const table of ['messages', 'matches', 'deliveries', 'attempts']) {
      await runner.query(`CREATE TABLE ${table}_other PARTITION OF ${table} DEFAULT`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE messages, matches, deliveries, attempts');
  }
}

const TABLES = [
  `CREATE TABLE messages (
    id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    event_type text NOT NULL,
    event_id text,
    conversation_id text,
    channels text[],
    accepted_at timestamptz(3) NOT NULL,
    payload bytea,
    PRIMARY KEY (id)
  ) PARTITION BY RANGE (id)`,
  'CREATE INDEX messages_by_application ON messages (application_id, id)',
  'CREATE INDEX messages_by_event ON messages (application_id, event_id) WHERE event_id IS NOT NULL',
  // Which endpoints a message was matched to: what of them has no delivery row yet is pending.
  `CREATE TABLE matches (
    message_id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    endpoint_ids text[] NOT NULL,
    at timestamptz(3) NOT NULL,
    PRIMARY KEY (message_id)
  ) PARTITION BY RANGE (message_id)`,
  // A delivery's id has its message's time, so a message's deliveries are neighbours in the key: no index by message.
  `CREATE TABLE deliveries (
    id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    standing bigint NOT NULL,
    seen bigint NOT NULL,
    next_attempt_at timestamptz(3),
    attempts smallint NOT NULL,
    state text NOT NULL,
    dead_letter_reason text,
    PRIMARY KEY (id)
  ) PARTITION BY RANGE (id)`,
  'CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id)',
  `CREATE TABLE attempts (
    id ${ID} NOT NULL,
    delivery_id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    application_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    at timestamptz(3) NOT NULL,
    next_attempt_at timestamptz(3),
    total_ms real NOT NULL,
    lookup_ms real,
    connect_ms real,
    tls_ms real,
    first_byte_ms real,
    attempt smallint NOT NULL,
    status smallint,
    delivered boolean NOT NULL,
    manual boolean NOT NULL,
    repeated boolean NOT NULL,
    event_type text NOT NULL,
    url text NOT NULL,
    reason text,
    response_body text,
    PRIMARY KEY (id)
  ) PARTITION BY RANGE (id)`,
  'CREATE INDEX attempts_by_endpoint ON attempts (endpoint_id, id)',
  'CREATE INDEX attempts_by_message ON attempts (message_id, id)',
];
