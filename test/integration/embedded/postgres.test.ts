import { afterEach, describe, expect, it } from '@jest/globals';
import {
  freshFolder,
  query,
  startPostgres,
  until,
  type EmbeddedPostgres,
  type PostgresOptions,
} from '@signpost/testing';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const running: EmbeddedPostgres[] = [];

async function start(options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataFolder: freshFolder(), ...options });
  running.push(postgres);
  return postgres;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.kill()));
});

const write = (url: string) => query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
const read = async (url: string) => (await query(url, 'SELECT answer FROM kept'))[0]?.answer;

describe('an embedded PostgreSQL', () => {
  it.each(['graceful', 'killed'] as const)('goes on with its data and port after a %s end', async (end) => {
    const postgres = await start();
    await write(postgres.url);
    if (end === 'killed') await postgres.kill();
    else await postgres.stop();
    expect(postgres.pid).toBeUndefined();
    await postgres.restart();
    expect(await read(postgres.url)).toBe(42);
  });

  it('comes back after a kill while a session is still busy with the old memory', async () => {
    const postgres = await start();
    // It looks up from its work only at the end, and so outlives its server for a while.
    const work = 'SELECT /* busy */ sum(length(repeat(md5(n::text), 2000))) FROM generate_series(1, 15000) n';
    const busy = Promise.allSettled([query(postgres.url, work)]);
    const sessions = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT /* busy */%' AND state = 'active'";
    await until(async () => (await query(postgres.url, sessions)).length > 0, {
      timeoutMs: 10_000,
      what: 'a busy session',
    });
    await postgres.kill();
    await postgres.restart();
    await busy;
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes its data over, password and all, from a server whose parent was killed', async () => {
    const dataFolder = freshFolder();
    const orphan = await start({ dataFolder });
    await write(orphan.url);
    const heir = await start({ dataFolder });
    expect(orphan.pid).toBeUndefined();
    expect(await read(heir.url)).toBe(42);
    expect(new URL(heir.url).password).toBe(new URL(orphan.url).password);
  });

  it('is durable unless told otherwise', async () => {
    const [durable, quick] = await Promise.all([start(), start({ durable: false })]);
    const settings =
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')";
    expect(new Set((await query(durable.url, settings)).map(({ setting }) => setting))).toEqual(new Set(['on']));
    expect(new Set((await query(quick.url, settings)).map(({ setting }) => setting))).toEqual(new Set(['off']));
  });

  it('keeps its password to itself and asks everybody for it', async () => {
    const dataFolder = freshFolder();
    const postgres = await start({ dataFolder });
    expect(statSync(join(dataFolder, 'password')).mode & 0o077).toBe(0);
    const stranger = new URL(postgres.url);
    stranger.password = 'guessed';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('makes a database once, whatever its name', async () => {
    const postgres = await start();
    const url = await postgres.createDatabase('it is "mine"');
    await write(url);
    expect(await postgres.createDatabase('it is "mine"')).toBe(url);
    expect(await read(url)).toBe(42);
  });

  it('says why it could not start, and leaves no process', async () => {
    await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toMatchObject({
      code: 'postgres_not_started',
      message: expect.stringContaining('shared_buffers') as unknown,
    });
  });
});
