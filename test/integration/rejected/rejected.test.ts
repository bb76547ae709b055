import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMessage, TOPICS, type RejectedContentOut, type RejectedOut } from '@signpost/contracts';
import { ingestRole } from '@signpost/ingest';
import { TopicFollower } from '@signpost/ports';
import { boot, type RunningProcess } from '@signpost/runtime';
import { freshTopicPrefix, makeTopics, query, testKafkaBrokers, until } from '@signpost/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { ApiScene } from '../api/support.js';

const topic = `platform-${freshTopicPrefix()}events`;
const kafka = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING });
const WHY = ['--why', 'corrected', '--yes'];

let scene: ApiScene;
let intake: RunningProcess;
let cli: CliHome;
let producer: Producer;
const taken: ReturnType<typeof readMessage>[] = [];

beforeAll(async () => {
  await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: 1 }]);
  scene = await ApiScene.open();
  const [own] = await query(scene.databaseUrl, 'SELECT id FROM organisations');
  intake = await boot([ingestRole], {
    ...scene.env,
    INGEST_SOURCE_TOPICS: topic,
    INGEST_SOURCE_ORGANISATION: String(own?.['id']),
    INGEST_APPLICATION_WAIT_MS: '0',
  });
  cli = new CliHome({ SIGNPOST_URL: scene.origin, SIGNPOST_API_KEY: scene.key });
  producer = kafka.producer();
  await producer.connect();
  await scene.process.app.get(TopicFollower).follow(TOPICS.messages, (record) => taken.push(readMessage(record)));
}, 180_000);
afterAll(async () => {
  await producer.disconnect();
  await intake.stop();
  await scene.close();
  cli.remove();
});

/** Returns the offset. */
async function produce(headers: Record<string, string>, value: Buffer | string = '{"a":1}'): Promise<number> {
  const given = { ce_specversion: '1.0', ce_source: '/crm', ce_type: 'lead.captured', ...headers };
  const [answer] = await producer.send({ topic, acks: -1, messages: [{ value, headers: given }] });
  return Number(answer?.baseOffset);
}

const path = '/api/v1/rejected';
const list = async (asked = ''): Promise<readonly RejectedOut[]> =>
  (await scene.call('GET', `${path}?${asked}`)).body.data as unknown as readonly RejectedOut[];
const get = async (id: string): Promise<RejectedContentOut> =>
  (await scene.call('GET', `${path}/${id}`)).body as unknown as RejectedContentOut;

async function rejected(offset: number, asked = ''): Promise<RejectedOut> {
  let found: RejectedOut | undefined;
  const isThere = async (): Promise<boolean> => {
    found = (await list(asked)).find(({ source }) => source.offset === offset);
    return found !== undefined;
  };
  await until(isThere, { timeoutMs: 30_000, everyMs: 50, what: `the rejection of offset ${String(offset)}` });
  if (found === undefined) throw new Error('it was there');
  return found;
}

const messageOf = async (eventId: string): Promise<ReturnType<typeof readMessage>> => {
  await until(() => taken.some((message) => message.eventId === eventId), {
    timeoutMs: 30_000,
    what: `message ${eventId}`,
  });
  return taken.find((message) => message.eventId === eventId) ?? readMessage({ value: null });
};

const application = async (uid: string): Promise<string> =>
  (await scene.call('POST', '/api/v1/app', { name: uid, uid })).body.id;

describe('a rejected record', () => {
  it('is listed with why and where, and shown with its headers and value', async () => {
    const offset = await produce({ ce_id: 'shown', ce_application: 'app_nobody' });
    const found = await rejected(offset, `topic=${topic}&code=application_unknown`);
    expect(found).toMatchObject({
      code: 'application_unknown',
      reason: expect.stringContaining('app_nobody') as unknown,
      source: { topic, partition: 0, offset },
      redrives: 0,
      isCut: false,
      correctedAt: null,
      state: 'open',
    });
    expect(await get(found.id)).toMatchObject({
      id: found.id,
      headers: { ce_id: 'shown', ce_application: 'app_nobody' },
      value: { text: '{"a":1}', base64: null, bytes: 7, isWhole: true },
      correction: null,
    });
    expect(await list('code=payload_missing')).toEqual([]);
    expect(await list('topic=another')).toEqual([]);
    expect(await list('state=redriven')).toEqual([]);
    const ofAnother = await scene.keyOf('another');
    expect((await scene.call('GET', `${path}/${found.id}`, undefined, ofAnother)).status).toBe(404);
    const onlyRead = await scene.keyOf('Organisation of first', ['read']);
    expect((await scene.call('GET', path, undefined, onlyRead)).status).toBe(403);
  });

  it('shows a value that is no text as Base64, and of a long one the beginning', async () => {
    const id = await application('long');
    const binary = await rejected(await produce({ ce_id: 'binary', ce_application: id }, Buffer.from([0x22, 0xff])));
    expect((await get(binary.id)).value).toEqual({ text: null, base64: 'Iv8=', bytes: 2, isWhole: true });
    const long = `{"t":"${'é'.repeat(150_000)}"}`;
    const cut = await rejected(await produce({ ce_id: 'long', ce_application: id }, long));
    const { value } = await get(cut.id);
    expect(value).toMatchObject({ bytes: Buffer.byteLength(long), isWhole: false });
    expect(long.startsWith(value?.text ?? 'nothing')).toBe(true);
  });

  it('is corrected, sent on its way again and taken in, once', async () => {
    const id = await application('corrected');
    const offset = await produce({ ce_id: 'corrected', ce_application: id, ce_type: 'lead captured' }, '{"a":');
    const { id: one } = await rejected(offset);
    await cli.run(['rejected', 'correct', one, '--header', 'ce_type=lead.captured']);
    await cli.run(['rejected', 'correct', one, '--value', '{ "a": 2.0 }', '--header', 'ce_type=lead.captured']);
    expect((await get(one)).correction).toEqual({
      headers: { ce_type: 'lead.captured' },
      value: { text: '{ "a": 2.0 }', base64: null, bytes: 12, isWhole: true },
    });
    const dry = await cli.json(['rejected', 'redrive', '--ids', one, '--dry-run']);
    expect(dry).toMatchObject({ count: 1, histogram: [{ topic, reason: 'event_type_invalid', count: 1 }] });
    const { code, err } = await cli.run(['rejected', 'redrive', '--ids', one, ...WHY]);
    expect([code, err]).toEqual([0, expect.anything()]);
    const message = await messageOf('corrected');
    expect(message).toMatchObject({
      applicationId: id,
      eventType: 'lead.captured',
      origin: { topic, partition: 0, offset },
    });
    expect(message.payload.toString()).toBe('{ "a": 2.0 }');
    expect(await get(one)).toMatchObject({ state: 'redriven', redrives: 1, correctedBy: { type: 'api-key' } });
    // It is open no more: nothing is left to send, or to correct.
    expect(await cli.json(['rejected', 'redrive', '--ids', one, '--dry-run'])).toMatchObject({ count: 0 });
    expect((await scene.call('PUT', `${path}/${one}/correction`, { value: '{}' })).status).toBe(409);
    expect(taken.filter(({ eventId }) => eventId === 'corrected')).toHaveLength(1);
  });

  it('that is rejected again is open again, with its new reason, and its recovery has failed with it', async () => {
    const offset = await produce({ ce_id: 'again', ce_application: 'app_nobody', ce_type: 'no type' });
    const first = await rejected(offset);
    expect(first.code).toBe('event_type_invalid');
    const begun = await scene.call('POST', '/api/v1/recovery', {
      kind: 'rejected',
      why: 'to see',
      select: { rejectedIds: [first.id] },
    });
    expect(begun.status).toBe(202);
    await scene.call('PUT', `${path}/${first.id}/correction`, { headers: { ce_type: 'a' } });
    const isAgain = async (): Promise<boolean> => {
      const now = await get(first.id);
      return now.redrives === 1 && now.state === 'open';
    };
    await until(isAgain, { timeoutMs: 30_000, everyMs: 50, what: 'the second rejection' });
    const failed = async (): Promise<boolean> => {
      const { body } = await scene.call('GET', `/api/v1/recovery/${begun.body.id}`);
      return (body as unknown as { failedAgain: number }).failedAgain === 1;
    };
    await until(failed, { timeoutMs: 30_000, everyMs: 50, what: 'the recovery to know' });
    expect((await list()).filter(({ source }) => source.offset === offset)).toHaveLength(1);
  });

  it('many of them are sent by one recovery, in their order, once each', async () => {
    const uid = 'later';
    const ids = Array.from({ length: 250 }, (_, index) => `late-${String(index)}`);
    const id = await application('other');
    await Promise.all(ids.map((ce_id) => produce({ ce_id, ce_application: id, ce_type: 'not yet!' })));
    const counted = async (): Promise<boolean> => {
      const preview = await cli.json<{ count: number }>([
        'rejected',
        'redrive',
        '--codes',
        'event_type_invalid',
        '--dry-run',
      ]);
      return preview.count >= ids.length;
    };
    await until(counted, { timeoutMs: 30_000, everyMs: 100, what: 'all to be rejected' });
    const open = await list('code=event_type_invalid&limit=250');
    for (const { id: one } of open) {
      const body = { headers: { ce_type: uid } };
      expect((await scene.call('PUT', `${path}/${one}/correction`, body)).status).toBe(200);
    }
    const { code } = await cli.run(['rejected', 'redrive', '--codes', 'event_type_invalid', '--topics', topic, ...WHY]);
    expect(code).toBe(0);
    await Promise.all(ids.map(messageOf));
    expect(taken.filter(({ eventId }) => ids.includes(eventId ?? ''))).toHaveLength(ids.length);
  }, 120_000);

  it.each<[string, object, string]>([
    ['an application', { appId: 'one' }, 'select.appId'],
    ['reasons of dead letters', { reasons: ['gone'] }, 'select.reasons'],
  ])('is not selected by %s', async (_, select, where) => {
    const answer = await scene.call('POST', '/api/v1/recovery', { kind: 'rejected', dryRun: true, select });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(JSON.stringify(where.split('.').at(-1)));
  });

  it.each([
    ['a header of ours', { headers: { 'signpost-redrive': 'x' } }],
    ['what it does not know', { valeu: '{}' }],
    ['a value that is no text', { value: 1 }],
  ])('is not corrected with %s', async (_, body) => {
    const { id } = await rejected(await produce({ ce_id: 'strict', ce_application: 'app_nobody' }));
    expect((await scene.call('PUT', `${path}/${id}/correction`, body)).status).toBe(422);
  });
});
