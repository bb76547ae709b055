import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readMessage, readRejection, TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { freshTopicPrefix, makeTopics } from '@signpost/testing';
import { Scene } from '../../integration/pipeline/scene.js';
import { build, buildFolder, describeWith } from '../toolchains.js';

const run = promisify(execFile);
const TIMEOUT_MS = 300_000;

interface Producer {
  readonly language: string;
  readonly needs: readonly string[];
  readonly prepare: (folder: string) => Promise<void>;
  readonly command: (folder: string) => {
    readonly file: string;
    readonly args: readonly string[];
    readonly env?: object;
  };
}

/** Each with the CloudEvents SDK of its language and a Kafka client that is not ours. */
const PRODUCERS: readonly Producer[] = [
  {
    language: 'python',
    needs: ['python3'],
    prepare: async (folder) => {
      const args = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--upgrade',
        '--target',
        'packages',
      ];
      await build(folder, 'python3', [...args, '-r', 'requirements.txt']);
    },
    command: (folder) => ({
      file: 'python3',
      args: [join(folder, 'producer.py')],
      env: { PYTHONPATH: join(folder, 'packages'), PYTHONDONTWRITEBYTECODE: '1' },
    }),
  },
  {
    language: 'go',
    needs: ['go'],
    prepare: (folder) => build(folder, 'go', ['build', '-o', 'producer', '.']),
    command: (folder) => ({ file: join(folder, 'producer'), args: [] }),
  },
];

for (const { language, needs, prepare, command } of PRODUCERS) {
  describeWith('producers', needs, `the CloudEvents SDK of ${language}`, () => {
    const topic = `platform-${freshTopicPrefix()}events`;
    const folder = buildFolder(`examples/producers/${language}`);
    let scene: Scene;
    let application: Application;
    beforeAll(async () => {
      await prepare(folder);
      scene = await Scene.open({ INGEST_SOURCE_TOPICS: topic, INGEST_APPLICATION_WAIT_MS: '5000' });
      await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 1 }]);
      // Its payload has to fit the catalogue's schema as well.
      application = await scene.application({ validation: { '*': 'enforce' } });
      await scene.start(ingestRole);
    }, TIMEOUT_MS);
    afterAll(() => scene.close());

    it(
      'produces what becomes a message, as it is',
      async () => {
        const { file, args, env } = command(folder);
        const settings = {
          KAFKA_BROKERS: scene.connection.config.brokers.join(','),
          TOPIC: topic,
          APPLICATION: application.id,
        };
        const { stdout } = await run(file, args, { env: { ...process.env, ...settings, ...env }, timeout: TIMEOUT_MS });
        const rejected = await scene.keep(TOPICS.rejected);
        const messages = await scene.keep(TOPICS.messages);
        await scene.until('the event', () => messages.length > 0 || rejected.length > 0);
        expect(rejected.map(({ headers }) => readRejection(headers))).toEqual([]);
        const message = readMessage(messages[0] ?? { value: null });
        expect(message).toMatchObject({
          applicationId: application.id,
          eventType: 'rating.submitted',
          eventId: stdout.trim().replace('published ', ''),
          conversationId: 'cnv_7Q2m',
        });
        expect(JSON.parse(message.payload.toString())).toMatchObject({ data: { score: 4 } });
      },
      TIMEOUT_MS,
    );
  });
}
