import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, DeadLetter } from '@signpost/contracts';
import { newId, type ApplicationId, type EndpointId, type OrganisationId } from '@signpost/domain';
import type { DeadLetterSelection, IndexedDeadLetter, PlacedDeadLetter } from '@signpost/ports';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeadLetterIndex,
  PostgresDeadLetterIndexer,
  PostgresDeliveryLogWriter,
} from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { aLetter } from './letters.js';

const MINUTE_MS = 60_000;

describe('the index of dead letters', () => {
  let database: PostgresDatabase;
  let index: PostgresDeadLetterIndex;
  let indexer: PostgresDeadLetterIndexer;
  let log: PostgresDeliveryLogWriter;
  const organisationId = 'org_1' as OrganisationId;
  let applicationId: ApplicationId;
  let offset = 0;
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    database = new PostgresDatabase(config);
    index = new PostgresDeadLetterIndex(database);
    indexer = new PostgresDeadLetterIndexer(database);
    log = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
    await query(
      config.url,
      "INSERT INTO organisations (id, name, created_at) VALUES ('org_1', 'o', now()), ('org_2', 'p', now())",
    );
    applicationId = await anApplication();
  });
  afterAll(() => database.close());

  async function anApplication(organisation: string = organisationId): Promise<ApplicationId> {
    const id = newId('app', Date.now());
    await query(
      database.config.url,
      `INSERT INTO applications (id, organisation_id, name, metadata, version, created_at, updated_at)
       VALUES ('${id}', '${organisation}', 'a', '{}', 1, now(), now())`,
    );
    return id;
  }

  const placed = (letter: DeadLetter): PlacedDeadLetter => ({
    letter,
    position: { partition: 0, offset: (offset += 1) },
  });
  const write = async (...letters: DeadLetter[]): Promise<readonly PlacedDeadLetter[]> => {
    const list = letters.map(placed);
    await indexer.write(list);
    return list;
  };
  const anEndpoint = (): EndpointId => newId('ep', Date.now());
  const all = async (selection: Omit<DeadLetterSelection, 'organisationId'>, limit = 100) => {
    const found: IndexedDeadLetter[] = [];
    let pages = 0;
    for (let beyond: string | undefined; ; pages += 1) {
      const { rows, stoppedAt } = await index.list(
        { organisationId, ...selection },
        { limit, order: 'ascending', ...(beyond === undefined ? {} : { beyond }) },
      );
      found.push(...rows);
      beyond = stoppedAt ?? rows.at(-1)?.id;
      if (beyond === undefined || (stoppedAt === undefined && rows.length < limit)) return { found, pages: pages + 1 };
    }
  };
  const dump = async (): Promise<unknown> =>
    query(database.config.url, 'SELECT * FROM dead_letters ORDER BY delivery_id, redelivery');

  it('gives back what was written, once, however often it comes', async () => {
    const endpointId = anEndpoint();
    const letter = aLetter({ applicationId, endpointId });
    const list = await write(letter);
    const before = await dump();
    await indexer.write(list);
    // A crash may have written it twice, with another time: the first holds.
    await write({ ...letter, atMs: letter.atMs + 3_000 });
    expect(await dump()).toEqual(before);
    const { found } = await all({ endpointId });
    expect(found).toEqual([
      {
        id: found[0]?.id,
        deliveryId: letter.delivery.id,
        messageId: letter.delivery.messageId,
        applicationId,
        endpointId,
        eventType: 'lead.captured',
        reason: 'attempts-exhausted',
        reasonClass: 'customer',
        lastFailure: 'http:503',
        lastStatus: 503,
        attempts: 3,
        firstFailureAt: new Date(letter.atMs - 2_000),
        lastFailureAt: new Date(letter.atMs),
        deadAt: new Date(letter.atMs),
        origin: { topic: 'signpost.deliveries', partition: 1, offset: 77 },
        position: list[0]?.position,
        redrives: 0,
        state: 'dead',
      },
    ]);
  });

  it('of two letters of one run has the one that lies first, in whatever order they come', async () => {
    const endpointId = anEndpoint();
    const letter = aLetter({ applicationId, endpointId });
    const [first, second] = [placed(letter), placed({ ...letter, atMs: letter.atMs + 5 })];
    await indexer.write([second]);
    await indexer.write([first]);
    const { found } = await all({ endpointId });
    expect(found.map(({ position, deadAt }) => [position, deadAt.getTime()])).toEqual([[first.position, letter.atMs]]);
  });

  it('knows what was asked for again, from whichever it hears of first', async () => {
    const endpointId = anEndpoint();
    const letters = [0, 1, 2, 3].map(() => aLetter({ applicationId, endpointId }));
    const [before, after, delivered, again] = letters as [DeadLetter, DeadLetter, DeadLetter, DeadLetter];
    const fact = ({ delivery }: DeadLetter) => ({
      deliveryId: delivery.id,
      messageId: delivery.messageId,
      applicationId,
      endpointId,
      eventType: delivery.eventType,
      atMs: Date.now(),
    });
    await write(before, delivered);
    await log.write(
      [],
      [
        { kind: 'redelivered', ...fact(before), redelivery: 1 },
        { kind: 'redelivered', ...fact(after), redelivery: 1 },
      ],
    );
    const attempt: AttemptFact = {
      kind: 'attempt',
      ...fact(delivered),
      attemptId: newId('atmpt', Date.now()),
      attempt: 4,
      url: 'https://example.com/',
      outcome: 'delivered',
      timing: { totalMs: 1 },
      trigger: 'manual',
      fate: 'delivered',
      redelivery: 1,
    };
    await log.write([], [attempt]);
    await write(after, again);
    await write(aLetter({ applicationId, endpointId, messageId: again.delivery.messageId, redelivery: 1 }));
    const { found } = await all({ endpointId });
    const states = new Map(
      found.map(({ deliveryId, redrives, state }) => [`${deliveryId} ${String(redrives)}`, state]),
    );
    expect(states).toEqual(
      new Map([
        [`${before.delivery.id} 0`, 'redriven'],
        [`${after.delivery.id} 0`, 'redriven'],
        [`${delivered.delivery.id} 0`, 'redriven'],
        [`${again.delivery.id} 0`, 'redriven'],
        [`${again.delivery.id} 1`, 'dead'],
      ]),
    );
    expect((await all({ endpointId, state: 'dead' })).found).toHaveLength(1);
    expect((await index.latest({ organisationId }, again.delivery.id))?.redrives).toBe(1);
  });

  it('finds by each filter and by all of them, and nothing of another organisation', async () => {
    const endpointId = anEndpoint();
    const at = Date.now() - 60 * MINUTE_MS;
    const letters = [
      aLetter({ applicationId, endpointId, atMs: at }),
      aLetter({ applicationId, endpointId, atMs: at + MINUTE_MS, eventType: 'rating.submitted' }),
      aLetter({ applicationId, endpointId, atMs: at + 2 * MINUTE_MS, last: 'http:404' }),
      aLetter({ applicationId, endpointId, atMs: at + 3 * MINUTE_MS, reason: 'gone', last: 'http:410' }),
      aLetter({ applicationId, endpointId, atMs: at + 4 * MINUTE_MS, last: 'network:ENETUNREACH' }),
    ];
    await write(...letters);
    const foreign = await anApplication('org_2');
    await write(aLetter({ applicationId: foreign, endpointId, atMs: at }));
    const places = async (selection: Omit<DeadLetterSelection, 'organisationId'>) =>
      (await all({ endpointId, ...selection })).found.map(({ deliveryId }) =>
        letters.findIndex(({ delivery }) => delivery.id === deliveryId),
      );
    expect(await places({})).toEqual([0, 1, 2, 3, 4]);
    expect(await places({ applicationId })).toEqual([0, 1, 2, 3, 4]);
    expect(await places({ applicationId: foreign })).toEqual([]);
    expect(await places({ eventTypes: ['rating.submitted', 'x'] })).toEqual([1]);
    expect(await places({ reasons: ['gone'] })).toEqual([3]);
    expect(await places({ reasonClass: 'platform' })).toEqual([4]);
    expect(await places({ statuses: [503, 404] })).toEqual([0, 1, 2]);
    expect(await places({ since: new Date(at + MINUTE_MS), until: new Date(at + 3 * MINUTE_MS) })).toEqual([1, 2]);
    expect(await places({ messageIds: [2, 3].map((n) => letters[n]?.delivery.messageId ?? ('' as never)) })).toEqual([
      2, 3,
    ]);
    expect(await places({ messageIds: [] })).toEqual([]);
    expect(await places({ deliveryIds: [letters[1]?.delivery.id ?? ('' as never)], reasons: ['gone'] })).toEqual([]);
    expect(await places({ statuses: [503], eventTypes: ['lead.captured'], reasonClass: 'customer' })).toEqual([0]);
    expect(await places({ reasons: [] })).toEqual([]);
    expect(await index.count({ organisationId, endpointId, statuses: [503] })).toBe(2);
    expect(
      await index.latest({ organisationId: 'org_2' as OrganisationId }, letters[0]?.delivery.id ?? ('' as never)),
    ).toBeUndefined();
  });

  it('is read page by page in the order of the deaths, both ways, and skips nothing where it looks bit by bit', async () => {
    const endpointId = anEndpoint();
    const at = Date.now() - 90 * MINUTE_MS;
    const letters = Array.from({ length: 700 }, (_, n) =>
      aLetter({
        applicationId,
        endpointId,
        atMs: at + n * 1_000,
        eventType: n % 350 === 349 ? 'rare.type' : 'lead.captured',
        last: n % 2 === 0 ? 'http:500' : 'http:503',
      }),
    );
    await write(...letters);
    const ids = letters.map(({ delivery }) => delivery.id);
    const { found } = await all({ endpointId }, 90);
    expect(found.map(({ deliveryId }) => deliveryId)).toEqual(ids);
    const [newest] = (await index.list({ organisationId, endpointId }, { limit: 1, order: 'descending' })).rows;
    expect(newest?.deliveryId).toBe(ids.at(-1));
    // By status first, and among those by type: two of seven hundred.
    const rare = await all({ endpointId, statuses: [503], eventTypes: ['rare.type'] }, 10);
    expect(rare.found.map(({ deliveryId }) => deliveryId)).toEqual([ids[349], ids[699]]);
    const first = await index.list(
      { organisationId, endpointId, statuses: [500], eventTypes: ['rare.type'] },
      { limit: 10, order: 'ascending' },
    );
    expect(first.rows).toEqual([]);
  });

  it('counts by time, endpoint and reason, and says how much it does not show', async () => {
    const application = await anApplication();
    const [one, two] = [anEndpoint(), anEndpoint()];
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 5 * 3_600_000;
    await write(
      ...[0, 1, 2].map((n) => aLetter({ applicationId: application, endpointId: one, atMs: hour + n })),
      aLetter({ applicationId: application, endpointId: one, atMs: hour + 3_600_000 }),
      aLetter({ applicationId: application, endpointId: two, atMs: hour + 9, last: 'network:OTHER' }),
    );
    const selection = { organisationId, applicationId: application, state: 'dead' } as const;
    const of = { reason: 'attempts-exhausted', reasonClass: 'customer' } as const;
    const { cells, totals } = await index.histogram(selection, 3_600_000, 100);
    expect(cells.map(({ at, ...rest }) => ({ at: at.getTime(), ...rest }))).toEqual(
      [
        { at: hour, endpointId: one, ...of, count: 3 },
        { at: hour, endpointId: two, ...of, reasonClass: 'platform', count: 1 },
        { at: hour + 3_600_000, endpointId: one, ...of, count: 1 },
      ].sort((a, b) => a.at - b.at || (a.endpointId < b.endpointId ? -1 : 1)),
    );
    expect(totals).toEqual({
      count: 5,
      cells: 3,
      endpoints: 2,
      byReason: [
        { ...of, count: 4 },
        { ...of, reasonClass: 'platform', count: 1 },
      ],
    });
    const least = await index.histogram(selection, 3_600_000, 1);
    expect([least.cells.map(({ count }) => count), least.totals.count]).toEqual([[3], 5]);
    const late = await index.histogram({ ...selection, since: new Date(hour + 10) }, 3_600_000, 100);
    expect(late.totals.count).toBe(1);
    expect((await index.histogram({ ...selection, endpointId: anEndpoint() }, 3_600_000, 100)).totals.count).toBe(0);
  });

  it('takes what PostgreSQL cannot store as it is, and refuses what it can never store', async () => {
    const endpointId = anEndpoint();
    await write(aLetter({ applicationId, endpointId, eventType: 'a\0b', last: 'x\0y' }));
    expect((await all({ endpointId })).found[0]?.eventType).toBe('a\uFFFDb');
    const letter = aLetter({ applicationId, endpointId });
    await expect(write({ ...letter, attempts: 100_000 })).rejects.toMatchObject({ code: 'log_refused' });
    // Longer than any index takes, and of a text that does not compress.
    const eventType = Array.from({ length: 300 }, () => newId('key', Date.now())).join();
    await expect(write(aLetter({ applicationId, endpointId, eventType }))).rejects.toMatchObject({
      code: 'log_refused',
    });
  });

  it('takes a span for what the topic says of it', async () => {
    const endpointId = anEndpoint();
    const at = Date.now() - MINUTE_MS;
    const list = await write(...[0, 1, 2, 3].map((n) => aLetter({ applicationId, endpointId, atMs: at + n })));
    const [first, second, third, fourth] = list.map(({ position }) => position.offset);
    const wanted = list[1];
    if (wanted === undefined || second === undefined || fourth === undefined) throw new Error('four were written');
    await query(
      database.config.url,
      `UPDATE dead_letters SET dead = false, attempts = 0 WHERE position_offset = ${String(second)}`,
    );
    await indexer.replace({ partition: 0, from: first ?? 0, to: fourth }, [wanted]);
    const { found } = await all({ endpointId });
    expect(found.map(({ position, state, attempts }) => [position.offset, state, attempts])).toEqual([
      [second, 'dead', 3],
      [fourth, 'dead', 3],
    ]);
    expect((await indexer.highestOffsets()).get(0)).toBeGreaterThanOrEqual(third ?? 0);
  });
});
