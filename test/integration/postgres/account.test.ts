import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptFact, JournalFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type Account, type EndpointId, type Fate } from '@signpost/domain';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeliveryAccountBooks,
  PostgresDeliveryAccountReader,
  PostgresDeliveryLogWriter,
} from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';

jest.setTimeout(120_000);

const MINUTE_MS = 60_000;
const AT_MS = Math.floor((Date.now() - 10 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
const NOW = { forMs: 10_000, turnMs: 0, signal: new AbortController().signal };
const EVERYTHING = { since: new Date(AT_MS - 3_600_000), until: new Date(AT_MS + 3_600_000) };

describe('the counted account', () => {
  let database: PostgresDatabase;
  let writer: PostgresDeliveryLogWriter;
  let books: PostgresDeliveryAccountBooks;
  let reader: PostgresDeliveryAccountReader;
  let url: string;
  const organisationId = newId('org', AT_MS);
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    url = config.url;
    await migrate(config);
    database = new PostgresDatabase(config);
    writer = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
    books = new PostgresDeliveryAccountBooks(database);
    reader = new PostgresDeliveryAccountReader(database);
    await query(url, `INSERT INTO organisations (id, name, created_at) VALUES ('${organisationId}', 'one', now())`);
  });
  afterAll(() => database.close());

  /** An application of its own, so that what other cases have written is not in its account. */
  async function anApplication() {
    const id = newId('app', AT_MS);
    await query(
      url,
      `INSERT INTO applications (id, organisation_id, name, metadata, version, created_at, updated_at)
       VALUES ('${id}', '${organisationId}', 'one', '{}', 1, now(), now())`,
    );
    return { organisationId, applicationId: id };
  }

  /** Counts all that was marked; all is settled now. */
  async function counted(scope: Awaited<ReturnType<typeof anApplication>>): Promise<Account> {
    const { now } = await reader.progress();
    await books.count(new Date(now.getTime() + 1_000), NOW);
    return reader.total(scope, EVERYTHING);
  }

  it('is exact however often and in whatever order and batches its facts come', async () => {
    const run = fc.record({
      parked: fc.boolean(),
      fate: fc.constantFrom<Fate | 'none'>('delivered', 'dead-lettered', 'cancelled', 'none'),
    });
    const told = fc.record({ deliveries: fc.array(fc.array(run, { minLength: 1, maxLength: 3 }), { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(told, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        async (all, chance) => {
          const scope = await anApplication();
          const { applicationId } = scope;
          const records: ({ message: MessageRecord } | { fact: JournalFact })[] = [];
          const expected = { deliveries: 0, redeliveries: 0, pending: 0, fates: 0, delivered: 0 };
          for (const [number, { deliveries }] of all.entries()) {
            const acceptedAtMs = AT_MS + number * 7_000;
            const id = newId('msg', acceptedAtMs);
            records.push({ message: { id, applicationId, eventType: 'a', acceptedAtMs, payload: Buffer.from('{}') } });
            const endpointIds = deliveries.map(() => newId('ep', AT_MS));
            records.push({ fact: { kind: 'matched', messageId: id, applicationId, atMs: acceptedAtMs, endpointIds } });
            for (const [at, runs] of deliveries.entries()) {
              const endpointId = endpointIds[at] ?? newId('ep', AT_MS);
              const of = {
                messageId: id,
                applicationId,
                endpointId,
                eventType: 'a',
                deliveryId: deliveryIdOf(id, endpointId),
              };
              for (const [redelivery, { parked, fate }] of runs.entries()) {
                const facts = factsOf(
                  { ...of, ...(redelivery === 0 ? {} : { redelivery }) },
                  acceptedAtMs,
                  parked,
                  fate,
                );
                records.push(...facts.map((fact) => ({ fact })));
                if (redelivery === 0) expected.deliveries += 1;
                else expected.redeliveries += 1;
                if (fate === 'none') expected.pending += 1;
                else expected.fates += 1;
                if (fate === 'delivered') expected.delivered += 1;
              }
            }
          }
          const shuffled = [...records, ...records].sort(() => ((chance.next().value ?? 0) % 2 === 0 ? 1 : -1));
          while (shuffled.length > 0) {
            const batch = shuffled.splice(0, 1 + ((chance.next().value ?? 0) % 7));
            await writer.write(
              batch.flatMap((each) => ('message' in each ? [each.message] : [])),
              batch.flatMap((each) => ('fact' in each ? [each.fact] : [])),
            );
            if ((chance.next().value ?? 0) % 3 === 0) await books.count(undefined, NOW);
          }
          const account = await counted(scope);
          const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
          expect({
            accepted: account.accepted,
            deliveries: account.deliveries,
            redeliveries: account.redeliveries,
            fates: sum(account.fates),
            delivered: account.fates.delivered,
            open: sum(account.pending) + sum(account.differences),
          }).toEqual({
            accepted: all.length,
            deliveries: expected.deliveries,
            redeliveries: expected.redeliveries,
            fates: expected.fates,
            delivered: expected.delivered,
            open: expected.pending,
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  it('misses nothing that is written while it is counted', async () => {
    const scope = await anApplication();
    const first = aMessage(scope.applicationId);
    await writer.write([first], []);
    // A batch that has written its rows, and commits only after the count.
    const client = await database.log.connect();
    try {
      await client.query('BEGIN');
      const late = aMessage(scope.applicationId);
      await client.query(
        `INSERT INTO messages (id, application_id, event_type, accepted_at) VALUES ($1, $2, 'a', now())`,
        [late.id, scope.applicationId],
      );
      await client.query('INSERT INTO account_marks (minute, arrival) VALUES ($1, true)', [AT_MS / MINUTE_MS]);
      expect((await counted(scope)).accepted).toBe(1);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect((await counted(scope)).accepted).toBe(2);
  });

  it('calls nothing lost of a minute in which something arrived since all was settled', async () => {
    const scope = await anApplication();
    const { now } = await reader.progress();
    await writer.write([aMessage(scope.applicationId)], []);
    await books.count(now, NOW);
    await expect(reader.total(scope, EVERYTHING)).resolves.toMatchObject({
      undecided: 1,
      differences: { unmatched: 0 },
    });
    // It is looked at again without a new mark.
    await books.count(new Date(now.getTime() + 60_000), NOW);
    await expect(reader.total(scope, EVERYTHING)).resolves.toMatchObject({
      undecided: 0,
      differences: { unmatched: 1 },
    });
    await expect(books.differences()).resolves.toMatchObject({ unmatched: expect.any(Number) });
  });

  it('owes a message to all that two matchings of it say, and takes a lost delivery that is sent again for taken over', async () => {
    const scope = await anApplication();
    const message = aMessage(scope.applicationId);
    const [one, two] = [newId('ep', AT_MS), newId('ep', AT_MS)];
    const matched = (endpointIds: readonly EndpointId[]): JournalFact => ({
      kind: 'matched',
      messageId: message.id,
      applicationId: scope.applicationId,
      atMs: AT_MS,
      endpointIds,
    });
    await writer.write([message], [matched([one])]);
    await writer.write([message], [matched([two])]);
    await expect(counted(scope)).resolves.toMatchObject({ deliveries: 2, differences: { 'fresh-lost': 2 } });
    const again = {
      messageId: message.id,
      applicationId: scope.applicationId,
      endpointId: one,
      eventType: 'a',
      redelivery: 1,
    };
    const of = { ...again, deliveryId: deliveryIdOf(message.id, one) };
    await writer.write([], factsOf(of, AT_MS, false, 'delivered'));
    await expect(counted(scope)).resolves.toMatchObject({
      deliveries: 2,
      redeliveries: 1,
      fates: { delivered: 1 },
      pending: { 'taken-over': 1 },
      differences: { 'fresh-lost': 1 },
    });
  });

  it('owes nothing at first of what was only ever asked for again', async () => {
    const scope = await anApplication();
    const message = aMessage(scope.applicationId);
    const of = { messageId: message.id, applicationId: scope.applicationId, eventType: 'a' };
    const endpointId = newId('ep', AT_MS);
    const matched: JournalFact = { ...of, kind: 'matched', atMs: AT_MS, endpointIds: [] };
    const run = { ...of, endpointId, deliveryId: deliveryIdOf(message.id, endpointId), redelivery: 1 };
    await writer.write([message], [matched, ...factsOf(run, AT_MS, false, 'delivered')]);
    await expect(counted(scope)).resolves.toMatchObject({
      deliveries: 0,
      redeliveries: 1,
      fates: { delivered: 1 },
      differences: { 'not-owed': 0 },
    });
  });

  it('is counted by one process at a time', async () => {
    await expect(books.hold('one', 60_000)).resolves.toBeDefined();
    await expect(books.hold('two', 60_000)).resolves.toBeUndefined();
    await expect(books.hold('one', 60_000)).resolves.toBeDefined();
    await books.release('one');
    await expect(books.hold('two', 0)).resolves.toBeDefined();
    await expect(books.hold('three', 0)).resolves.toBeDefined();
  });
});

interface OfRun {
  readonly messageId: MessageRecord['id'];
  readonly applicationId: MessageRecord['applicationId'];
  readonly endpointId: EndpointId;
  readonly deliveryId: AttemptFact['deliveryId'];
  readonly eventType: string;
  readonly redelivery?: number;
}

function factsOf(of: OfRun, atMs: number, parked: boolean, fate: Fate | 'none'): JournalFact[] {
  const { redelivery } = of;
  const attempt: AttemptFact = {
    ...of,
    kind: 'attempt',
    attemptId: newId('atmpt', atMs + 20),
    attempt: 1 + (redelivery ?? 0) * 10,
    url: 'https://example.com/',
    outcome: fate === 'delivered' ? 'delivered' : 'failed',
    timing: { totalMs: 1 },
    trigger: 'scheduled',
    atMs: atMs + 20,
  };
  return [
    ...(redelivery === undefined ? [] : [{ ...of, redelivery, kind: 'redelivered', atMs } as const]),
    ...(parked
      ? ([
          { ...of, kind: 'parked', reason: 'lane-full', atMs: atMs + 5 },
          { ...of, kind: 'released', atMs: atMs + 6 },
        ] as const)
      : []),
    ...(fate === 'none'
      ? [{ ...attempt, nextAttemptAtMs: Date.now() + 3_600_000 }]
      : fate === 'cancelled'
        ? [{ ...of, kind: 'fate', fate, atMs: atMs + 30 } as const]
        : [{ ...attempt, fate }]),
  ];
}

function aMessage(applicationId: MessageRecord['applicationId']): MessageRecord {
  return { id: newId('msg', AT_MS), applicationId, eventType: 'a', acceptedAtMs: AT_MS, payload: Buffer.from('{}') };
}
