import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterHeaders, TOPICS, unreadableHeaders, type DeadLetter } from '@signpost/contracts';
import { newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { query, until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';
import { aLetter } from './letters.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const MESSAGES = 3_000;
const AGAIN = MESSAGES / 10;
const LETTERS = MESSAGES + AGAIN;

function rebuild(env: NodeJS.ProcessEnv): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [loader, command] = ['tooling/typescript.mjs', 'apps/recorder/src/rebuild-dead-letters.ts'];
  return run(process.execPath, ['--import', join(root, loader), join(root, command)], { env });
}

describe('the index of dead letters', () => {
  let scene: ApiScene;
  let applicationId: ApplicationId;
  const endpoints: EndpointId[] = [];
  const env = () => ({ ...process.env, ...scene.env });
  beforeAll(async () => {
    scene = await ApiScene.open();
    applicationId = (await scene.call('POST', '/api/v1/app', { name: 'One' })).body.id as ApplicationId;
    for (let n = 0; n < 5; n += 1) endpoints.push(newId('ep', Date.now()));
    await Promise.all(
      Array.from({ length: MESSAGES }, (_, n) => {
        const endpointId = endpoints[n % endpoints.length] ?? ('' as EndpointId);
        const first = aLetter({ applicationId, endpointId, atMs: Date.now() - 3_600_000 + n });
        const messageId = first.delivery.messageId;
        // One in ten was asked for again, and is dead again.
        return n % 10 === 0
          ? publish(first, aLetter({ applicationId, endpointId, messageId, redelivery: 1 }))
          : publish(first);
      }),
    );
    const why = { why: 'no JSON', origin: { topic: TOPICS.returning, partition: 0, offset: 1 }, atMs: Date.now() };
    await scene.sink.append({ topic: TOPICS.deadLetter, key: 'x', value: null, headers: unreadableHeaders({}, why) });
    await scene.sink.append({ topic: TOPICS.deadLetter, key: 'x', value: Buffer.from('junk') });
    await untilIndexed(LETTERS);
  }, 120_000);
  afterAll(() => scene.close());

  async function publish(...letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) {
      const record = {
        key: letter.delivery.endpointId,
        value: Buffer.from('{"a":1}'),
        headers: deadLetterHeaders(letter),
      };
      await scene.sink.append({ topic: TOPICS.deadLetter, ...record });
    }
  }

  const ask = (sql: string) => query(scene.databaseUrl, sql);
  const dump = () => ask('SELECT * FROM dead_letters ORDER BY delivery_id, redelivery');
  const untilIndexed = (count: number) =>
    until(async () => Number((await ask('SELECT count(*) AS n FROM dead_letters'))[0]?.['n']) === count, {
      timeoutMs: 60_000,
      what: `${String(count)} dead letters to be indexed`,
    });

  it('is filled by the recorder from its topic, and comes back from there as it was', async () => {
    const before = await dump();
    expect(before.filter(({ dead }) => dead === false)).toHaveLength(AGAIN);
    await ask('TRUNCATE dead_letters');
    const { stdout, stderr } = await rebuild(env());
    expect(stdout).toBe(`${String(LETTERS + 2)} records read, ${String(LETTERS)} dead letters indexed, 2 left out.\n`);
    expect(stderr).toContain(`of ${String(LETTERS + 2)} records`);
    expect(await dump()).toEqual(before);
  });

  it('is mended where it says something else, and stays as it is where it does not', async () => {
    const before = await dump();
    await ask(
      "UPDATE dead_letters SET dead = NOT dead, reason = 'gone', last_status = 1 WHERE position_offset % 7 = 0",
    );
    await ask('DELETE FROM dead_letters WHERE position_offset % 5 = 0');
    // Of another Kafka, whose log was longer, and of a partition that there is not.
    await ask(
      `INSERT INTO dead_letters SELECT id || 'x', delivery_id || 'x', redelivery, organisation_id, application_id,
         endpoint_id, message_id, event_type, reason, reason_class, cause, last_failure, last_status, attempts,
         first_failure_at, last_failure_at, dead_at, origin_topic, origin_partition, origin_offset,
         CASE WHEN position_offset % 2 = 0 THEN 99 ELSE position_partition END, position_offset + 100000, dead
       FROM dead_letters LIMIT 100`,
    );
    await rebuild(env());
    expect(await dump()).toEqual(before);
  });

  it('is told of in one sentence when Kafka cannot be had', async () => {
    const failed = await rebuild({ ...env(), KAFKA_BROKERS: '127.0.0.1:1' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('127.0.0.1:1') });
  });
});
