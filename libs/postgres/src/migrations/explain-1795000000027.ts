import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/** What tells why a message did or did not arrive, by whatever id somebody has of it. */
export class Explain1795000000027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX endpoints_ever, messages_by_event_alone');
    await runner.query('DROP TABLE delivery_stages');
    await runner.query(`ALTER TABLE messages DROP COLUMN origin_topic, DROP COLUMN origin_partition,
      DROP COLUMN origin_offset, DROP COLUMN only_endpoint_id`);
  }
}

const STATEMENTS = [
  // Where the event lies in the platform's own topic. Offsets rise, so that the index grows at few places.
  `ALTER TABLE messages
    ADD COLUMN origin_topic text COLLATE "C",
    ADD COLUMN origin_partition integer,
    ADD COLUMN origin_offset bigint,
    ADD COLUMN only_endpoint_id ${ID}`,
  `CREATE INDEX messages_by_origin ON messages (origin_topic, origin_partition, origin_offset)
    WHERE origin_topic IS NOT NULL`,
  // For who does not know the application. A hash is the smallest index there is for texts of any length.
  'CREATE INDEX messages_by_event_alone ON messages USING hash (event_id) WHERE event_id IS NOT NULL',
  // What happened to a delivery beside its attempts: nothing for most of them.
  `CREATE TABLE delivery_stages (
    delivery_id ${ID} NOT NULL,
    redelivery smallint NOT NULL,
    at timestamptz(3) NOT NULL,
    kind text NOT NULL,
    reason text,
    PRIMARY KEY (delivery_id, redelivery, at, kind)
  ) PARTITION BY RANGE (delivery_id)`,
  'CREATE TABLE delivery_stages_other PARTITION OF delivery_stages DEFAULT',
  // Those deleted since, too.
  'CREATE INDEX endpoints_ever ON endpoints (application_id, id)',
];
