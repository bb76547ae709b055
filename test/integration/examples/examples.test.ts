import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE } from '@signpost/domain';
import {
  Deployment,
  findFreePort,
  freshDatabase,
  freshFolder,
  freshTopicPrefix,
  makeTopics,
  ScriptedReceiver,
  testKafkaBrokers,
} from '@signpost/testing';
import { Webhook } from 'standardwebhooks';
import { startProxy, type Proxy } from '../../../apps/all/src/start/proxy.js';
import { consoleProducer } from './console-producer.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const RUN_HERE = ['quick-start.sh', 'publish-batch.sh', 'publish-from-kafka.sh'];

describe('the examples', () => {
  const folder = freshFolder();
  const topicPrefix = freshTopicPrefix();
  const source = `platform-${topicPrefix}events`;
  let deployment: Deployment;
  let receiver: ScriptedReceiver;
  let proxy: Proxy;
  let origin: string;

  beforeAll(async () => {
    await makeTopics(testKafkaBrokers(), [{ topic: source, numPartitions: 1 }]);
    receiver = await ScriptedReceiver.start();
    deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await freshDatabase(),
      folder,
      topicPrefix,
      env: { INGEST_SOURCE_TOPICS: source },
    });
    const port = await findFreePort();
    proxy = await startProxy('127.0.0.1', port, {
      api: deployment.process('api').url,
      ingest: deployment.process('ingest').url,
    });
    origin = `http://127.0.0.1:${String(port)}`;
    await consoleProducer(folder);
  }, 180_000);
  afterAll(async () => {
    await proxy.close();
    await deployment.stop();
    await receiver.stop();
  });

  const example = async (name: string, env: Readonly<Record<string, string>>): Promise<string> => {
    const path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
    const all = { PATH: path, API_URL: origin, API_KEY: deployment.apiKey, ...env };
    const settings = { env: all, timeout: 60_000 };
    try {
      return (await run('sh', [join(root, 'examples', name)], settings)).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`${name} failed:\n${stdout}\n${stderr}`, { cause: error });
    }
  };

  it('are all run here or beside their language', () => {
    const scripts = globSync('*.sh', { cwd: join(root, 'examples') });
    expect(scripts.sort()).toEqual([...RUN_HERE].sort());
  });

  it('have an event of the catalogue', () => {
    const event = JSON.parse(readFileSync(join(root, 'examples', 'rating.json'), 'utf8')) as unknown;
    expect(event).toEqual(EVENT_CATALOGUE.find(({ name }) => name === 'rating.submitted')?.example);
  });

  it('quick-start.sh: an event arrives, signed with the secret that it printed, and again when it is run again', async () => {
    const printed = await example('quick-start.sh', { RECEIVER_URL: receiver.url('/crm') });
    const secret = /"key":"(whsec_[^"]+)"/.exec(printed)?.[1] ?? '';
    const [request] = await receiver.received(1, '/crm');
    if (request === undefined) throw new Error('nothing came');
    const body = request.body.toString('utf8');
    new Webhook(secret).verify(body, request.headers as Record<string, string>);
    expect(JSON.parse(body)).toMatchObject({ type: 'rating.submitted' });
    expect(printed).toContain('"responseStatusCode":200');
    await example('quick-start.sh', { RECEIVER_URL: receiver.url('/crm') });
    await receiver.received(2, '/crm');
  });

  it('publish-batch.sh: both events arrive', async () => {
    const before = receiver.requests.length;
    const printed = await example('publish-batch.sh', { APPLICATION: 'shop-42' });
    expect(printed.match(/"id":"msg_/g)).toHaveLength(2);
    await receiver.received(before + 2);
  });

  it('publish-from-kafka.sh: the event arrives, byte for byte', async () => {
    const before = receiver.requests.length;
    const { id } = await deployment.call<{ id: string }>('GET', '/api/v1/app/shop-42');
    const env = { KAFKA_BROKERS: testKafkaBrokers().join(','), TOPIC: source, APPLICATION: id };
    expect(await example('publish-from-kafka.sh', env)).toMatch(/published rating-/);
    const requests = await receiver.received(before + 1);
    const sent = readFileSync(join(root, 'examples', 'rating.json'), 'utf8').replaceAll('\n', '');
    expect(requests.at(-1)?.body.toString('utf8')).toBe(sent);
  });

  it('receivers/send-signed.sh: what it sends verifies', async () => {
    const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
    const file = join(root, 'examples', 'rating.json');
    const script = join(root, 'examples', 'receivers', 'send-signed.sh');
    const { stdout } = await run('sh', [script, receiver.url('/signed'), secret, file, 'msg_1']);
    expect(stdout.trim()).toBe('200');
    const [request] = await receiver.received(1, '/signed');
    if (request === undefined) throw new Error('nothing came');
    new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
    expect(request.headers['webhook-id']).toBe('msg_1');
  });
});
