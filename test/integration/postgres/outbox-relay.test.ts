import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readControl } from '@signpost/contracts';
import type { ControlChange, OrganisationId } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { RecordSink, type EndpointFields, type OutgoingRecord, type Position } from '@signpost/ports';
import {
  loadPostgresConfig,
  migrate,
  OutboxRelay,
  PostgresAccountStore,
  PostgresApplicationStore,
  PostgresDatabase,
  PostgresEndpointStore,
  PostgresEventTypeStore,
} from '@signpost/postgres';
import { freshFolder, query, startPostgres, until, type EmbeddedPostgres } from '@signpost/testing';

const log = Log.create('silent', 'test');
const FIELDS: EndpointFields = {
  url: 'https://example.com/hooks',
  description: '',
  disabled: false,
  metadata: {},
  retrySchedule: [1_000],
};

/** Keeps what it is given; may be held up, as a broker that is away does. */
class KeptRecords extends RecordSink {
  readonly changes: ControlChange[] = [];
  hold: Promise<void> = Promise.resolve();

  async append(record: OutgoingRecord): Promise<Position> {
    await this.hold;
    const { key, value, headers = {} } = record;
    this.changes.push(readControl({ key: Buffer.from(key), value, headers }));
    return { partition: 0, offset: this.changes.length };
  }
  appendWithin(record: OutgoingRecord): Promise<Position> {
    return this.append(record);
  }
  partitionOf(): number {
    return 0;
  }
  of(id: string): ControlChange[] {
    return this.changes.filter((change) => change.id === id);
  }
}

describe('the outbox relay', () => {
  let postgres: EmbeddedPostgres;
  let database: PostgresDatabase;
  let organisationId: OrganisationId;
  let applications: PostgresApplicationStore;
  let endpoints: PostgresEndpointStore;
  const relays: OutboxRelay[] = [];

  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres'), durable: false });
    const config = loadPostgresConfig({ DATABASE_URL: await postgres.createDatabase('relay') });
    await migrate(config);
    database = new PostgresDatabase(config);
    applications = new PostgresApplicationStore(database);
    endpoints = new PostgresEndpointStore(database);
    organisationId = await new PostgresAccountStore(database).organisation('tests');
  });
  afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));
  afterAll(async () => {
    await database.close();
    await postgres.stop();
  });

  const startRelay = (sink: RecordSink): OutboxRelay => {
    const relay = new OutboxRelay(database, log);
    relays.push(relay);
    relay.start(sink);
    return relay;
  };
  const anApplication = () => applications.create(organisationId, { name: 'One', metadata: {} });
  const soon = (what: string, condition: () => boolean | Promise<boolean>) =>
    until(condition, { timeoutMs: 15_000, what, everyMs: 10 });
  const isEmpty = async () => (await query(database.config.url, 'SELECT FROM outbox')).length === 0;

  it('publishes each change with its version, and a deletion with a newer one', async () => {
    const sink = new KeptRecords();
    startRelay(sink);
    const application = await anApplication();
    const endpoint = await endpoints.create(application.id, FIELDS, ['sealed']);
    if (endpoint === undefined) throw new Error('no endpoint');
    await soon('the endpoint', () => sink.of(endpoint.id).length === 1);
    await endpoints.update(application.id, endpoint.id, { disabled: true });
    await soon('the change', () => sink.of(endpoint.id).length === 2);
    await applications.delete(organisationId, application.id);
    await soon('the deletion', () => sink.of(endpoint.id).length === 3 && sink.of(application.id).length === 2);
    expect(sink.of(endpoint.id).map(({ version, state }) => [version, state])).toEqual([
      [1, expect.objectContaining({ url: FIELDS.url, secrets: ['sealed'], disabled: false, retrySchedule: [1_000] })],
      [2, expect.objectContaining({ disabled: true })],
      [3, undefined],
    ]);
    await soon('the outbox to be empty', isEmpty);
  });

  it('keeps no secret of an endpoint that is gone, nor of those of an application that is', async () => {
    const application = await anApplication();
    const secret = {
      ...FIELDS,
      headers: { 'x-key': 'sealed' },
      authentication: { type: 'bearer', token: 'sealed' },
    } as const;
    const ids = await Promise.all(
      [1, 2].map(async () => (await endpoints.create(application.id, secret, ['sealed']))?.id ?? ''),
    );
    await endpoints.delete(application.id, ids[0] ?? '');
    await applications.delete(organisationId, application.id);
    const rows = await query(
      database.config.url,
      `SELECT row_to_json(endpoints)::text AS kept FROM endpoints WHERE id = ANY('{${ids.join()}}')`,
    );
    expect(rows).toHaveLength(2);
    for (const { kept } of rows) {
      expect(kept).toContain(FIELDS.url);
      expect(kept).not.toContain('sealed');
    }
  });

  it('publishes event types and keys', async () => {
    const sink = new KeptRecords();
    startRelay(sink);
    const eventTypes = new PostgresEventTypeStore(database);
    const fields = { description: '', archived: false, deprecated: false };
    await eventTypes.create(organisationId, 'a.b', fields);
    await eventTypes.delete(organisationId, 'a.b');
    await eventTypes.create(organisationId, 'a.b', fields);
    const { id } = await new PostgresAccountStore(database).addApiKey(organisationId, {
      name: 'k',
      prefix: 'sk',
      hash: 'hash-1',
    });
    await soon('the key', () => sink.of(id).length === 1);
    await soon('the event type', () => sink.of(`${organisationId}/a.b`).at(-1)?.version === 3);
    expect(sink.of(`${organisationId}/a.b`).at(-1)?.state).toMatchObject({ name: 'a.b', archived: false });
  });

  it('keeps a change that is made while an older one is on its way', async () => {
    const sink = new KeptRecords();
    let release = (): void => undefined;
    sink.hold = new Promise((resolve) => (release = resolve));
    const application = await anApplication();
    startRelay(sink);
    await soon('the relay to hold the application', async () => sink.changes.length === 0 && !(await isEmpty()));
    await applications.update(organisationId, application.id, { name: 'Two' });
    release();
    await soon('the newer state', () => sink.of(application.id).at(-1)?.version === 2);
    await soon('the outbox to be empty', isEmpty);
  });

  it('works one at a time: the next goes on when the first is gone', async () => {
    const [first, second] = [new KeptRecords(), new KeptRecords()];
    const relay = startRelay(first);
    const before = await anApplication();
    await soon('the first to lead', () => first.of(before.id).length === 1);
    let release = (): void => undefined;
    first.hold = new Promise((resolve) => (release = resolve));
    startRelay(second);
    const during = await anApplication();
    // The note stays while the first is held up; the second asks for its turn, and asks again, and has none.
    const asked = new Set<string>();
    await soon('the second to ask for its turn', async () => {
      const rows = await query(
        database.config.url,
        `SELECT query_start::text AS at FROM pg_stat_activity
         WHERE application_name = 'signpost outbox relay' AND query LIKE '%pg_try_advisory_lock%'`,
      );
      for (const { at } of rows) asked.add(String(at));
      return asked.size >= 3;
    });
    expect(second.changes).toEqual([]);
    release();
    await soon('the first to publish', () => first.of(during.id).length === 1);
    await relay.stop();
    const after = await anApplication();
    await soon('the second to take over', () => second.of(after.id).length === 1);
  });

  it('survives a restart of the database, and loses no change', async () => {
    const sink = new KeptRecords();
    startRelay(sink);
    const before = await anApplication();
    await soon('the relay to work', () => sink.of(before.id).length === 1);
    await postgres.restart();
    const after = await until(anApplication, { timeoutMs: 15_000, what: 'the database to take a change' });
    await soon('the change after the restart', () => sink.of(after.id).length === 1);
  });

  it('notes again what was on its way when its session was lost, since another may have overtaken it', async () => {
    const sink = new KeptRecords();
    startRelay(sink);
    const application = await anApplication();
    await soon('the relay to work', () => sink.of(application.id).length === 1);
    let release = (): void => undefined;
    sink.hold = new Promise((resolve) => (release = resolve));
    await applications.update(organisationId, application.id, { name: 'Two' });
    await applications.update(organisationId, application.id, { name: 'Three' });
    await query(
      database.config.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signpost outbox relay'",
    );
    // As if the next relay had published it and taken the notes away.
    await query(database.config.url, 'DELETE FROM outbox');
    release();
    // What was on its way is version 2 or 3; either is followed by what holds now.
    await soon('the state to be published again', () => {
      const after = sink.of(application.id).slice(1);
      return after.length === 2 && after[1]?.version === 3;
    });
  });

  it('writes everything anew on demand', async () => {
    const sink = new KeptRecords();
    const relay = startRelay(sink);
    const application = await anApplication();
    await soon('the application', () => sink.of(application.id).length === 1);
    await relay.rebuild();
    await soon('the application again', () => sink.of(application.id).length === 2);
  });
});
