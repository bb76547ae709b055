import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import type { EventIdUse } from '@signpost/ports';
import { loadPostgresConfig, migrate, PostgresDatabase, PostgresEventIds } from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { expire } from '../../../libs/postgres/src/intake/expiry.js';
import pg from 'pg';

const WINDOW_HOURS = 48;

describe('event ids in PostgreSQL', () => {
  let url: string;
  let database: PostgresDatabase;
  let one: PostgresEventIds;
  /** Of another process. */
  let two: PostgresEventIds;
  beforeAll(async () => {
    url = await freshDatabase();
    const config = loadPostgresConfig({ DATABASE_URL: url });
    await migrate(config);
    database = new PostgresDatabase(config);
    one = new PostgresEventIds(database.intake, WINDOW_HOURS);
    two = new PostgresEventIds(database.intake, WINDOW_HOURS);
  });
  afterAll(() => database.close());

  const aUse = (given: Partial<EventIdUse> = {}): EventIdUse => ({
    applicationId: newId('app', 0),
    eventId: randomBytes(8).toString('hex'),
    messageId: newId('msg', 0),
    fingerprint: randomBytes(32),
    ...given,
  });
  const again = (use: EventIdUse): EventIdUse => ({ ...use, messageId: newId('msg', 1) });
  const set = (use: EventIdUse, what: string) =>
    query(
      url,
      `UPDATE event_ids SET ${what} WHERE application_id = '${use.applicationId}' AND event_id = '${use.eventId}'`,
    );

  it('are reserved by one, and taken once it has confirmed', async () => {
    const use = aUse();
    const { messageId } = use;
    await expect(one.reserve([use])).resolves.toEqual([{ kind: 'reserved', messageId, again: false }]);
    await expect(two.reserve([again(use)])).resolves.toEqual([{ kind: 'running' }]);
    await one.confirm([use]);
    await expect(two.reserve([again(use)])).resolves.toEqual([{ kind: 'taken', messageId }]);
    await two.release([use]);
    await expect(one.reserve([again(use)])).resolves.toEqual([{ kind: 'taken', messageId }]);
  });

  it('are one in each application', async () => {
    const use = aUse();
    await one.reserve([use]);
    await one.confirm([use]);
    await expect(two.reserve([{ ...use, applicationId: newId('app', 0) }])).resolves.toMatchObject([
      { kind: 'reserved' },
    ]);
  });

  it.each(['released', 'left by a holder that fell silent'])('%s come under the same message id', async (how) => {
    const use = aUse();
    await one.reserve([use]);
    if (how === 'released') await one.release([use]);
    else await set(use, "held_until = now() - interval '1 ms'");
    await expect(two.reserve([again(use)])).resolves.toEqual([
      { kind: 'reserved', messageId: use.messageId, again: true },
    ]);
    await one.confirm([use]);
    await expect(one.reserve([again(use)])).resolves.toEqual([{ kind: 'running' }]);
  });

  it('come under another message id with another content', async () => {
    const use = aUse();
    await one.reserve([use]);
    await one.release([use]);
    const other = { ...again(use), fingerprint: randomBytes(32) };
    await expect(two.reserve([other])).resolves.toEqual([
      { kind: 'reserved', messageId: other.messageId, again: false },
    ]);
  });

  it('are as new after the window, and removed then', async () => {
    const [over, kept] = [aUse(), aUse()];
    for (const use of [over, kept]) {
      await one.reserve([use]);
      await one.confirm([use]);
    }
    await set(over, `reserved_at = now() - interval '${String(WINDOW_HOURS)} hours'`);
    const next = again(over);
    await expect(two.reserve([next, again(kept)])).resolves.toEqual([
      { kind: 'reserved', messageId: next.messageId, again: false },
      { kind: 'taken', messageId: kept.messageId },
    ]);
    await two.confirm([next]);
    await set(over, `reserved_at = now() - interval '${String(WINDOW_HOURS)} hours'`);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect(await expire(client, WINDOW_HOURS)).toMatchObject({ eventIds: 1 });
    await client.end();
    expect(await query(url, `SELECT FROM event_ids WHERE event_id = '${over.eventId}'`)).toHaveLength(0);
    expect(await query(url, `SELECT FROM event_ids WHERE event_id = '${kept.eventId}'`)).toHaveLength(1);
  });

  it('go to one of many that ask at once, in batches that overlap', async () => {
    const uses = Array.from({ length: 30 }, () => aUse());
    const asked = Array.from({ length: 20 }, (_, index) => {
      const some = uses.slice(index, index + 10).map(again);
      return (index % 2 === 0 ? one : two).reserve(index % 3 === 0 ? some.reverse() : some);
    });
    const given = (await Promise.all(asked)).flat().filter(({ kind }) => kind === 'reserved');
    expect(given).toHaveLength(29);
  });
});
