import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readMessage, readRejection, TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { freshFolder, freshTopicPrefix, makeTopics, until } from '@signpost/testing';
import { Scene } from '../../integration/pipeline/scene.js';
import { build, buildFolder, describeWith } from '../toolchains.js';
import { SchemaRegistryServer } from './schema-registry.js';

const TIMEOUT_MS = 600_000;
const WAIT_MS = 120_000;
type Message = ReturnType<typeof readMessage>;

describeWith('registry', ['java', 'mvn', 'python3'], "a schema registry, with Confluent's own serialisers", () => {
  const topic = `platform-${freshTopicPrefix()}leads`;
  const python = buildFolder('test/external/registry/python');
  const packages = join(python, 'packages');
  let registry: SchemaRegistryServer;
  let scene: Scene;
  let application: Application;

  beforeAll(async () => {
    const into = ['--target', packages, '--upgrade', '--requirement', 'requirements.txt'];
    await build(python, 'python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...into]);
    registry = await SchemaRegistryServer.start();
    const file = join(freshFolder(), 'sources.json');
    const map = {
      application: { path: '/tenant' },
      type: { value: 'lead.captured' },
      id: { path: '/id' },
      time: { path: '/at' },
      // All of it in one partition of messages, so that its order shows.
      conversation: { value: 'all' },
    };
    writeFileSync(file, JSON.stringify({ sources: [{ topic, format: 'registry', map }] }));
    scene = await Scene.open({
      INGEST_SOURCES_FILE: file,
      INGEST_REGISTRY_URL: registry.url,
      INGEST_REGISTRY_USERNAME: registry.login.username,
      INGEST_REGISTRY_PASSWORD: registry.login.password,
    });
    await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 1 }]);
    application = await scene.application();
    await scene.keep(TOPICS.messages);
    await scene.keep(TOPICS.rejected);
    await scene.start(ingestRole);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await scene.close();
    await registry.stop();
  }, TIMEOUT_MS);

  function started(which: string, settings: object = {}): ChildProcessWithoutNullStreams {
    const env = {
      ...process.env,
      PYTHONPATH: packages,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
      REGISTRY_URL: registry.url,
      REGISTRY_USER: Object.values(registry.login).join(':'),
      KAFKA_BROKERS: scene.connection.config.brokers.join(','),
      TOPIC: topic,
      TENANT: application.id,
      ...settings,
    };
    const child = spawn('python3', [join(python, 'producer.py'), which], { env });
    child.stderr.pipe(process.stderr);
    return child;
  }

  async function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
    if (child.exitCode === null) await once(child, 'close');
    expect(child.exitCode).toBe(0);
  }

  /** Those values, as they were produced. */
  async function produce(which: string): Promise<readonly Buffer[]> {
    const child = started(which);
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    await ended(child);
    return lines.map((line) => Buffer.from(line, 'hex'));
  }

  const messages = async (): Promise<readonly Message[]> => (await scene.keep(TOPICS.messages)).map(readMessage);

  async function arrived(...ids: readonly string[]): Promise<readonly Message[]> {
    const found = async (): Promise<readonly Message[]> =>
      (await messages()).filter(({ eventId = '' }) => ids.includes(eventId));
    await until(async () => (await found()).length >= ids.length, { timeoutMs: WAIT_MS, what: ids.join(', ') });
    return found();
  }

  const json = ({ payload }: Message): unknown => JSON.parse(payload.toString());

  it(
    'has Avro with logical types, unions and numbers beyond a double become JSON',
    async () => {
      await produce('logical');
      const [message] = await arrived('logical');
      expect(message?.payload.toString()).toBe(
        `{"tenant":"${application.id}","id":"logical","at":1790856000125,"day":20727,` +
          '"key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","value":"BOI=","number":9007199254740993,"share":0.25,' +
          '"stage":"WON","tags":["a","é😀"],"more":{"x":1,"y":"two","z":null},"contact":{"vat":"DE123"},"photo":"AP8="}',
      );
      expect(registry.unauthorised).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'has records of two versions of a schema in one topic, each read by its own, and asks for each once',
    async () => {
      const from = registry.asked.length;
      const values = await produce('evolved');
      const notes = await arrived(...values.map((_, index) => `note-${String(index)}`));
      expect(notes.map(json)).toEqual(
        values.map((_, index) => ({
          tenant: application.id,
          id: `note-${String(index)}`,
          text: `no. ${String(index)}`,
          ...(index % 2 === 0 ? {} : { author: 'zoe' }),
        })),
      );
      const ids = new Set(values.map((value) => value.readUInt32BE(1)));
      expect(ids.size).toBe(2);
      for (const id of ids)
        expect(registry.asked.slice(from).filter((path) => path === `/schemas/ids/${String(id)}`)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'has a schema that refers to another',
    async () => {
      await produce('referring');
      const [call] = await arrived('call');
      expect(call && json(call)).toEqual({
        tenant: application.id,
        id: 'call',
        contact: { email: 'zoe@example.com' },
      });
    },
    TIMEOUT_MS,
  );

  it(
    'has JSON of a JSON Schema, byte for byte',
    async () => {
      const [value] = await produce('json_schema');
      const [chat] = await arrived('chat');
      expect(chat?.payload.toString()).toBe(value?.subarray(5).toString());
    },
    TIMEOUT_MS,
  );

  it(
    'has no schema of an id: the record is set aside, and those behind it go on',
    async () => {
      await produce('unknown');
      await arrived('note-9');
      const rejected = (await scene.keep(TOPICS.rejected)).map(({ headers }) => readRejection(headers));
      expect(rejected).toMatchObject([
        { code: 'schema_unknown', reason: expect.stringMatching(/no schema 1000000.*; register it/) as unknown },
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'is killed and comes back: nothing is refused meanwhile, and all of it arrives in order',
    async () => {
      const child = started('outage', { HOLD: '1' });
      await once(createInterface(child.stdout), 'line');
      await registry.kill();
      child.stdin.write('\n');
      await ended(child);
      // What needs no new schema goes on; the others wait, and what came after them waits behind them.
      await arrived('note-100');
      expect((await messages()).filter(({ eventId = '' }) => /^ticket|note-101/.test(eventId))).toEqual([]);
      await registry.restart();
      await arrived('ticket-0', 'ticket-1', 'ticket-2', 'note-101');
      expect((await messages()).slice(-5).map(({ eventId }) => eventId)).toEqual([
        'note-100',
        'ticket-0',
        'ticket-1',
        'ticket-2',
        'note-101',
      ]);
      expect(await scene.keep(TOPICS.rejected)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
