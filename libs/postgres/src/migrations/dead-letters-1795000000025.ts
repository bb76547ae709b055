import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'text COLLATE "C"';

/**
 * The index of dead letters: one row for each run of a delivery that ended so. It says nothing that the topic does not, and
 * forgets with it; so its rows are deleted by their age, and the table is one: dead letters are few beside deliveries.
 */
export class DeadLetters1795000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letters');
  }
}

/** By whose letters somebody asks, and what of them histograms count, so that they read the index alone. */
const SCOPES = [
  { name: 'organisation', column: 'organisation_id', counted: 'endpoint_id, dead_at' },
  { name: 'application', column: 'application_id', counted: 'organisation_id, endpoint_id, dead_at' },
  { name: 'endpoint', column: 'endpoint_id', counted: 'organisation_id, application_id, dead_at' },
] as const;

const STATEMENTS = [
  `CREATE TABLE dead_letters (
    -- By the time of its death; see deadLetterIdOf().
    id ${ID} NOT NULL,
    delivery_id ${ID} NOT NULL,
    -- Which redelivery of the delivery it is; 0: as it was first owed.
    redelivery smallint NOT NULL,
    -- Null where the application is unknown here: nobody is shown it.
    organisation_id ${ID},
    application_id ${ID} NOT NULL,
    endpoint_id ${ID} NOT NULL,
    message_id ${ID} NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    reason_class text NOT NULL,
    -- Reason and class in one number, as the indexes have them.
    cause smallint NOT NULL,
    last_failure text,
    last_status smallint,
    attempts smallint NOT NULL,
    first_failure_at timestamptz(3),
    last_failure_at timestamptz(3),
    dead_at timestamptz(3) NOT NULL,
    origin_topic text NOT NULL,
    origin_partition integer NOT NULL,
    origin_offset bigint NOT NULL,
    position_partition integer NOT NULL,
    position_offset bigint NOT NULL,
    -- False once the delivery was asked for again, or has arrived all the same.
    dead boolean NOT NULL,
    PRIMARY KEY (delivery_id, redelivery)
  )`,
  'CREATE INDEX dead_letters_by_position ON dead_letters (position_partition, position_offset)',
  'CREATE INDEX dead_letters_by_age ON dead_letters (dead_at)',
  // Each filter has an index that ends with the id.
  ...SCOPES.flatMap(({ name, column, counted }) => [
    `CREATE INDEX dead_letters_${name}_cause ON dead_letters (${column}, dead, cause, id) INCLUDE (${counted})`,
    `CREATE INDEX dead_letters_${name}_type ON dead_letters (${column}, dead, event_type, id)`,
    `CREATE INDEX dead_letters_${name}_status ON dead_letters (${column}, dead, last_status, id)
       WHERE last_status IS NOT NULL`,
  ]),
];
