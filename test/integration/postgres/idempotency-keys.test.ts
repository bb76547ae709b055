import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseUnavailableError, type KeyUse } from '@signpost/ports';
import { loadPostgresConfig, migrate, PostgresDatabase, PostgresIdempotencyKeys } from '@signpost/postgres';
import { freshDatabase, query, until } from '@signpost/testing';
import { expire } from '../../../libs/postgres/src/intake/expiry.js';
import pg from 'pg';

const NOW = 1_790_000_000_000;

describe('idempotency keys in PostgreSQL', () => {
  let url: string;
  let database: PostgresDatabase;
  let one: PostgresIdempotencyKeys;
  /** Of another process. */
  let two: PostgresIdempotencyKeys;
  beforeAll(async () => {
    url = await freshDatabase();
    const config = loadPostgresConfig({ DATABASE_URL: url });
    await migrate(config);
    database = new PostgresDatabase(config);
    one = new PostgresIdempotencyKeys(database.intake);
    two = new PostgresIdempotencyKeys(database.intake);
  });
  afterAll(() => database.close());

  const aUse = (given: Partial<KeyUse> = {}): KeyUse => ({
    scope: randomBytes(32),
    fingerprint: randomBytes(32),
    atMs: NOW,
    ...given,
  });
  const set = ({ scope }: KeyUse, what: string) =>
    query(url, `UPDATE idempotency_keys SET ${what} WHERE scope = '\\x${scope.toString('hex')}'`);

  it('are held by one, and give its answer to all after it', async () => {
    const use = aUse();
    await expect(one.claim(use)).resolves.toEqual({ kind: 'held', firstAtMs: NOW });
    await expect(two.claim({ ...use, atMs: NOW + 5 })).resolves.toEqual({ kind: 'running' });
    const answer = { status: 201, body: Buffer.from('sealed \0 bytes') };
    await one.answer(use, answer);
    await expect(two.claim({ ...use, atMs: NOW + 5 })).resolves.toEqual({ kind: 'answered', firstAtMs: NOW, answer });
  });

  it('keep that an answer was too large, and one that is empty', async () => {
    for (const body of [undefined, Buffer.alloc(0)]) {
      const use = aUse();
      await one.claim(use);
      await one.answer(use, { status: 202, body });
      await expect(two.claim(use)).resolves.toMatchObject({ kind: 'answered', answer: { status: 202, body } });
    }
  });

  it('tell another request, before the answer and after it', async () => {
    const use = aUse();
    const other = { ...use, fingerprint: randomBytes(32) };
    await one.claim(use);
    await expect(two.claim(other)).resolves.toEqual({ kind: 'other-request' });
    await one.answer(use, { status: 200, body: undefined });
    await expect(two.claim(other)).resolves.toEqual({ kind: 'other-request' });
  });

  it('that were freed are held by whoever comes, with the time of the first for the same request alone', async () => {
    const use = aUse();
    await one.claim(use);
    await one.free(use);
    await expect(two.claim({ ...use, atMs: NOW + 5 })).resolves.toEqual({ kind: 'held', firstAtMs: NOW });
    await two.free(use);
    const other = { ...use, fingerprint: randomBytes(32), atMs: NOW + 9 };
    await expect(one.claim(other)).resolves.toEqual({ kind: 'held', firstAtMs: NOW + 9 });
  });

  it('whose holder fell silent are held by the next one, and what the holder answers then changes nothing', async () => {
    const use = aUse();
    await one.claim(use);
    await set(use, "held_until = now() - interval '1 ms'");
    await expect(two.claim({ ...use, atMs: NOW + 5 })).resolves.toEqual({ kind: 'held', firstAtMs: NOW });
    await one.answer(use, { status: 500, body: undefined });
    await expect(one.claim(use)).resolves.toEqual({ kind: 'running' });
    await two.answer(use, { status: 200, body: undefined });
    await expect(one.claim(use)).resolves.toMatchObject({ answer: { status: 200 } });
  });

  it('stay with a holder that is at it for longer', async () => {
    const use = aUse();
    await one.claim(use);
    const heldUntil = async (): Promise<number> => {
      const hex = use.scope.toString('hex');
      const [row] = await query(url, `SELECT held_until FROM idempotency_keys WHERE scope = '\\x${hex}'`);
      return (row?.['held_until'] as Date).getTime();
    };
    const first = await heldUntil();
    await until(async () => (await heldUntil()) > first, { timeoutMs: 10_000, what: 'the key to be held for longer' });
    await one.answer(use, { status: 200, body: undefined });
  });

  it('are as new twelve hours later', async () => {
    const use = aUse();
    await one.claim(use);
    await one.answer(use, { status: 200, body: undefined });
    const [row] = await query(
      url,
      `SELECT extract (epoch FROM expires_at - now()) AS seconds FROM idempotency_keys WHERE scope = '\\x${use.scope.toString('hex')}'`,
    );
    expect(Number(row?.['seconds'])).toBeGreaterThan(12 * 3_600 - 60);
    expect(Number(row?.['seconds'])).toBeLessThanOrEqual(12 * 3_600);
    await set(use, 'expires_at = now()');
    await expect(two.claim({ ...use, atMs: NOW + 5 })).resolves.toEqual({ kind: 'held', firstAtMs: NOW + 5 });
  });

  it('are held by one of many that ask at once, from two processes', async () => {
    const uses = Array.from({ length: 40 }, () => aUse());
    const claims = await Promise.all(uses.map((use) => Promise.all([one.claim(use), two.claim(use)])));
    for (const pair of claims) expect(pair.map(({ kind }) => kind).toSorted()).toEqual(['held', 'running']);
  });

  it('are removed once they have expired, and only then', async () => {
    const [gone, kept] = [aUse(), aUse()];
    await Promise.all([one.claim(gone), one.claim(kept)]);
    await set(gone, 'expires_at = now()');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect(await expire(client, 1)).toMatchObject({ idempotencyKeys: 1 });
    await client.end();
    await expect(two.claim(gone)).resolves.toMatchObject({ kind: 'held' });
    await expect(two.claim(kept)).resolves.toMatchObject({ kind: 'running' });
  });

  it('are unknown in a database that is not migrated yet, and in one that is not there', async () => {
    for (const DATABASE_URL of [await freshDatabase(), 'postgresql://nobody@127.0.0.1:1/none']) {
      const other = new PostgresDatabase(loadPostgresConfig({ DATABASE_URL }));
      const keys = new PostgresIdempotencyKeys(other.intake);
      await expect(keys.claim(aUse())).rejects.toBeInstanceOf(DatabaseUnavailableError);
      await other.close();
    }
  });
});
