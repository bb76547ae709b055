import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/**
 * What the lists of the delivery log need so that each filter has an index that ends with the id: a value that is
 * rare among an endpoint's millions is found without a look at the others. The index by endpoint alone goes: its list is
 * merged from that by result, which holds few values.
 */
export class DeliveryLogLists1795000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE message_labels, attempt_labels');
    await runner.query('DROP INDEX messages_by_type, attempts_by_result, attempts_by_type');
    await runner.query('DROP INDEX deliveries_by_status, deliveries_by_type');
    await runner.query('CREATE INDEX attempts_by_endpoint ON attempts (endpoint_id, id)');
    await runner.query('CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id)');
    await runner.query('ALTER TABLE deliveries DROP COLUMN event_type, DROP COLUMN status');
    await runner.query(
      `ALTER TABLE attempts DROP COLUMN lost_ms, DROP COLUMN result, DROP COLUMN request_headers,
         DROP COLUMN response_headers`,
    );
  }
}

const STATEMENTS = [
  // Compared byte by byte: no list is in the order of a language.
  'ALTER TABLE messages ALTER COLUMN event_type TYPE text COLLATE "C", ALTER COLUMN event_id TYPE text COLLATE "C"',
  'CREATE INDEX messages_by_type ON messages (application_id, event_type, id)',

  `ALTER TABLE attempts
    ALTER COLUMN event_type TYPE text COLLATE "C",
    ADD COLUMN lost_ms real,
    ADD COLUMN result smallint,
    ADD COLUMN request_headers text,
    ADD COLUMN response_headers text`,
  `UPDATE attempts SET result = CASE
    WHEN delivered THEN 2 WHEN status IS NULL THEN 0 WHEN status BETWEEN 300 AND 599 THEN status / 100 ELSE 9 END`,
  'ALTER TABLE attempts ALTER COLUMN result SET NOT NULL',
  'DROP INDEX attempts_by_endpoint',
  'CREATE INDEX attempts_by_result ON attempts (endpoint_id, result, id)',
  'CREATE INDEX attempts_by_type ON attempts (endpoint_id, event_type, result, id)',

  `ALTER TABLE deliveries ADD COLUMN event_type text COLLATE "C" NOT NULL DEFAULT '', ADD COLUMN status smallint`,
  `UPDATE deliveries SET status = CASE
    WHEN state = 'delivered' THEN 0 WHEN state IN ('waiting', 'parked') THEN 1 WHEN state = 'pending' THEN 3
    WHEN state IN ('cancelled', 'superseded', 'declined') THEN 4 ELSE 2 END`,
  'ALTER TABLE deliveries ALTER COLUMN status SET NOT NULL, ALTER COLUMN event_type DROP DEFAULT',
  'DROP INDEX deliveries_by_endpoint',
  'CREATE INDEX deliveries_by_status ON deliveries (endpoint_id, status, message_id)',
  'CREATE INDEX deliveries_by_type ON deliveries (endpoint_id, event_type, status, message_id)',

  // A row for each channel and tag of what has any; who uses neither pays for neither.
  `CREATE TABLE message_labels (
    application_id ${ID} NOT NULL,
    label text COLLATE "C" NOT NULL,
    message_id ${ID} NOT NULL,
    PRIMARY KEY (application_id, label, message_id)
  ) PARTITION BY RANGE (message_id)`,
  'CREATE TABLE message_labels_other PARTITION OF message_labels DEFAULT',
  `CREATE TABLE attempt_labels (
    endpoint_id ${ID} NOT NULL,
    label text COLLATE "C" NOT NULL,
    id ${ID} NOT NULL,
    PRIMARY KEY (endpoint_id, label, id)
  ) PARTITION BY RANGE (id)`,
  'CREATE TABLE attempt_labels_other PARTITION OF attempt_labels DEFAULT',
];
