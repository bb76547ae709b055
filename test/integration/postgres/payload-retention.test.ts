import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageRecord } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeliveryLogReader,
  PostgresDeliveryLogWriter,
} from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { expire } from '../../../libs/postgres/src/intake/expiry.js';
import pg from 'pg';

const HOUR_MS = 3_600_000;

describe('a payload with a date', () => {
  let url: string;
  let database: PostgresDatabase;
  let reader: PostgresDeliveryLogReader;
  let writer: PostgresDeliveryLogWriter;
  beforeAll(async () => {
    url = await freshDatabase();
    const config = loadPostgresConfig({ DATABASE_URL: url });
    await migrate(config);
    database = new PostgresDatabase(config);
    reader = new PostgresDeliveryLogReader(database.log);
    writer = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
  });
  afterAll(() => database.close());

  const aMessage = (payloadExpiresAtMs?: number): MessageRecord => ({
    id: newId('msg', Date.now()),
    applicationId: newId('app', 0),
    eventType: 'a',
    acceptedAtMs: Date.now(),
    payload: Buffer.from('{"secret":1}'),
    ...(payloadExpiresAtMs === undefined ? {} : { payloadExpiresAtMs }),
  });
  const stored = async ({ id }: MessageRecord): Promise<unknown> =>
    (await query(url, `SELECT payload FROM messages WHERE id = '${id}'`))[0]?.['payload'];
  const removed = async (): Promise<number> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await expire(client, 1)).payloads;
    } finally {
      await client.end();
    }
  };

  it('is hidden from that moment on, and then removed, while others stay', async () => {
    const past = aMessage(Date.now() - 1);
    const coming = aMessage(Date.now() + HOUR_MS);
    const without = aMessage();
    await writer.write([past, coming, without], []);
    const shown = async (message: MessageRecord) => (await reader.message(message.applicationId, message.id))?.payload;
    expect([await shown(past), await shown(coming), await shown(without)]).toEqual([
      undefined,
      coming.payload,
      without.payload,
    ]);
    expect(await stored(past)).toEqual(past.payload);
    expect(await removed()).toBe(1);
    expect([await stored(past), await stored(coming), await stored(without)]).toEqual([
      null,
      coming.payload,
      without.payload,
    ]);
    expect(await removed()).toBe(0);
    await writer.write([past], []);
    expect(await stored(past)).toBeNull();
  });

  it('is removed however many there are', async () => {
    await writer.write(
      Array.from({ length: 450 }, () => aMessage(Date.now() - 1)),
      [],
    );
    expect(await removed()).toBe(450);
  });
});
