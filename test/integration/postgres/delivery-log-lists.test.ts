import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeFact, readFact, type AttemptFact } from '@signpost/contracts';
import { newId, type EndpointId } from '@signpost/domain';
import { SearchTooWideError, type LogPage, type LogRows } from '@signpost/ports';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeliveryLogReader,
  PostgresDeliveryLogWriter,
  PostgresLogExpunger,
} from '@signpost/postgres';
import { freshDatabase } from '@signpost/testing';
import fc from 'fast-check';
import {
  aCase,
  all,
  anAttempt,
  attemptFilter,
  DAY,
  fits,
  fitsAttempt,
  HOUR,
  maybe,
  messageFilter,
  page,
  statusAfter,
  within,
  type Made,
} from './logged-cases.js';

describe('the lists of the delivery log', () => {
  const startMs = Date.now() - 40 * DAY;
  const app = newId('app', startMs);
  const endpoints = [newId('ep', startMs), newId('ep', startMs + 1)] as [EndpointId, EndpointId];
  let database: PostgresDatabase;
  let reader: PostgresDeliveryLogReader;
  let writer: PostgresDeliveryLogWriter;
  const made: Made[] = [];
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    database = new PostgresDatabase(config);
    reader = new PostgresDeliveryLogReader(database.log, database.lists);
    writer = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
    made.push(...Array.from({ length: 150 }, (_, at) => aCase(app, endpoints, startMs, at)));
    await writer.write(
      made.map(({ message }) => message),
      made.flatMap(({ attempts }) => attempts),
    );
  });
  afterAll(() => database.close());

  const attemptsIn = (endpointId: EndpointId) =>
    made.flatMap(({ message, attempts }) =>
      attempts.filter((fact) => fact.endpointId === endpointId).map((fact) => ({ fact, message })),
    );

  it('by endpoint hold what fits each filter, page by page, in order', async () => {
    await fc.assert(
      fc.asyncProperty(attemptFilter, page, fc.nat(1), async (filter, asked, which) => {
        const endpointId = endpoints[which] ?? endpoints[0];
        const expected = attemptsIn(endpointId)
          .filter(({ fact, message }) => fitsAttempt(fact, message, filter))
          .map(({ fact }) => fact.attemptId as string);
        const read = (at: LogPage) => reader.attemptsOfEndpoint(app, endpointId, at, filter);
        expect(await all(read, asked, ({ id }) => id)).toEqual(within(expected, asked, 'atmpt'));
      }),
      { numRuns: 150 },
    );
  });

  it('by message hold what fits each filter', async () => {
    await fc.assert(
      fc.asyncProperty(attemptFilter, page, fc.nat(149), async (filter, asked, which) => {
        const one = made[which];
        if (one === undefined) return;
        const expected = one.attempts
          .filter((fact) => fitsAttempt(fact, one.message, filter))
          .map(({ attemptId }) => attemptId as string);
        const read = (at: LogPage) => reader.attemptsOfMessage(app, one.message.id, at, filter);
        expect(await all(read, asked, ({ id }) => id)).toEqual(within(expected, asked, 'atmpt'));
      }),
      { numRuns: 60 },
    );
  });

  it('of messages hold what fits each filter', async () => {
    await fc.assert(
      fc.asyncProperty(messageFilter, page, async (filter, asked) => {
        const expected = made.filter(({ message }) => fits(message, filter)).map(({ message }) => message.id as string);
        const read = (at: LogPage) => reader.messages(app, at, filter);
        expect(await all(read, asked, ({ id }) => id)).toEqual(within(expected, asked, 'msg'));
      }),
      { numRuns: 100 },
    );
  });

  it("of an endpoint's messages hold what fits each filter, and how each stands", async () => {
    const status = maybe(fc.constantFrom('success' as const, 'pending' as const, 'fail' as const));
    await fc.assert(
      fc.asyncProperty(messageFilter, status, page, fc.nat(1), async (filter, wanted, asked, which) => {
        const endpointId = endpoints[which] ?? endpoints[0];
        const expected = made
          .filter(({ message, attempts }) => {
            const last = attempts.filter((fact) => fact.endpointId === endpointId).at(-1);
            return (
              last !== undefined && fits(message, filter) && (wanted === undefined || wanted === statusAfter(last))
            );
          })
          .map(({ message }) => message.id as string);
        const asks = { ...filter, ...(wanted === undefined ? {} : { statuses: [wanted] }) };
        const read = (at: LogPage) => reader.messagesOfEndpoint(app, endpointId, at, asks);
        expect(await all(read, asked, ({ delivery }) => delivery.messageId)).toEqual(within(expected, asked, 'msg'));
      }),
      { numRuns: 100 },
    );
  });

  it('are counted by how the deliveries stand', async () => {
    const [endpointId] = endpoints;
    const counts = { success: 0, pending: 0, fail: 0, sending: 0, canceled: 0 };
    const range = { since: new Date(startMs + 5 * DAY), until: new Date(startMs + 30 * DAY) };
    for (const { message, attempts } of made) {
      const last = attempts.filter((fact) => fact.endpointId === endpointId).at(-1);
      if (last === undefined || message.acceptedAtMs < Number(range.since)) continue;
      if (message.acceptedAtMs < Number(range.until)) counts[statusAfter(last)] += 1;
    }
    expect(await reader.deliveryCounts(endpointId, range)).toEqual(counts);
    expect(counts.success).toBeGreaterThan(0);
  });

  it('find messages by the beginning of their id and of the id of their event, and say when that is too little', async () => {
    const [{ message }] = made as [Made];
    expect(await reader.messageIds(app, message.id)).toEqual([message.id]);
    expect(await reader.messageIds(app, message.id.slice(0, 20))).toEqual([message.id]);
    expect(await reader.messageIds(app, 'order-7 ')).toEqual([]);
    const begun = made.filter(({ message: { eventId } }) => eventId?.startsWith('order-12') === true);
    expect((await reader.messageIds(app, 'order-12')).toSorted()).toEqual(
      begun.map((one) => one.message.id).toSorted(),
    );
    await expect(reader.messageIds(app, 'msg_')).rejects.toBeInstanceOf(SearchTooWideError);
    expect(await reader.messageIds(newId('app', 0), message.id)).toEqual([]);
  });

  it('end soon where what is asked is rare among very many, and go on from there', async () => {
    const atMs = Date.now() - HOUR;
    const other = newId('ep', atMs);
    const facts = Array.from({ length: 1_100 }, (_, at): AttemptFact => {
      const outcome = at === 0 ? ('failed' as const) : ('delivered' as const);
      return anAttempt(app, other, newId('msg', atMs + at), atMs + at, {
        channels: ['busy'],
        outcome,
        eventType: 'a.one',
      });
    });
    await writer.write([], facts);
    const filter = { channel: 'busy', outcome: 'failed' } as const;
    const pages: LogRows<{ readonly id: string }>[] = [];
    let beyond: string | undefined;
    do {
      const read = await reader.attemptsOfEndpoint(app, other, { limit: 10, order: 'descending', beyond }, filter);
      pages.push(read);
      beyond = read.stoppedAt;
    } while (beyond !== undefined);
    // Some pages hold nothing, since so many were looked at in vain; each says where to go on.
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ rows }) => rows)).toHaveLength(1);
    expect(pages.at(-1)?.rows[0]?.id).toBe(facts[0]?.attemptId);
  });

  it('show nothing any more of what was expunged, even when its record comes again', async () => {
    const expunger = new PostgresLogExpunger(database.log);
    const { message, attempts } = aCase(app, endpoints, Date.now(), 1);
    const [fact] = attempts as [AttemptFact];
    const answered = {
      ...fact,
      responseBody: 'a secret',
      responseHeaders: { 'x-a': 'b' },
      requestHeaders: { 'x-c': 'd' },
    };
    await writer.write([message], [answered]);
    await expect(expunger.message(newId('app', 0), message.id)).resolves.toBe(false);
    await expect(expunger.message(app, message.id)).resolves.toBe(true);
    await expect(expunger.attempt(newId('app', 0), message.id, fact.attemptId)).resolves.toBe(false);
    await expect(expunger.attempt(app, message.id, fact.attemptId)).resolves.toBe(true);
    const again = readFact(encodeFact(answered));
    await writer.write([message], [again]);
    expect(await reader.message(app, message.id)).not.toHaveProperty('payload');
    const shown = await reader.attempt(app, message.id, fact.attemptId);
    expect(shown).toMatchObject({ responseBody: 'EXPUNGED', requestHeaders: { 'x-c': 'd' } });
    expect(shown).not.toHaveProperty('responseHeaders');
  });
});
