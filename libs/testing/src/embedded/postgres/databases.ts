import pg from 'pg';

/** The same server and user, another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** One statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A server that goes away while we hang up is no news.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes the database unless it is there, on the server that `serverUrl` names, and returns its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const server = databaseUrl(serverUrl, 'postgres');
  const there = await query(server, `SELECT FROM pg_database WHERE datname = ${pg.escapeLiteral(name)}`);
  if (there.length === 0) await query(server, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  return databaseUrl(serverUrl, name);
}

/** Ends the database's sessions and removes it. */
export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await query(databaseUrl(url, 'postgres'), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}
