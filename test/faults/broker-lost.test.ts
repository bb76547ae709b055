import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { Pipeline } from './support/pipeline.js';

const FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
/** Each is killed and comes back before the next; at full length every broker has its turn. */
const LOST = FULL ? [1, 2, 3] : [1];

jest.setTimeout(600_000);

/** Promises 1, 2 and 10 while leaders move: three brokers, one of them killed. */
describe('a broker of three that is lost under load', () => {
  let kafka: EmbeddedKafka;
  let pipeline: Pipeline;
  beforeAll(async () => {
    kafka = await startKafka({ dataFolder: freshFolder(), brokers: 3 });
    pipeline = await Pipeline.open({
      kafkaBrokers: kafka.brokers,
      env: { KAFKA_REPLICATION: '3', KAFKA_MIN_INSYNC_REPLICAS: '2', KAFKA_REQUEST_TIMEOUT_MS: '2000' },
    });
  }, 180_000);
  afterAll(async () => {
    await pipeline.end();
    await kafka.stop();
  });

  it('has every delivery brought to one fate', async () => {
    pipeline.load();
    pipeline.watchRebalances();
    for (const node of LOST) {
      await pipeline.more(100);
      const led = await leaders(pipeline);
      const fromMs = Date.now();
      await kafka.kill('SIGKILL', node);
      await until(async () => !(await leaders(pipeline)).includes(node), {
        timeoutMs: 60_000,
        what: 'another broker to lead',
      });
      pipeline.disturbed(fromMs, Date.now());
      await pipeline.more(200);
      expect(led).toContain(node);
      await kafka.restart(node);
      await inSync(pipeline);
    }
    const { duplicates, bound } = await pipeline.settle(`a broker of three lost ${String(LOST.length)} times`);
    expect(duplicates).toBeLessThanOrEqual(bound);
  });
});

async function partitions({ connection }: Pipeline) {
  const names = [TOPICS.deliveries, TOPICS.returning, TOPICS.journal, TOPICS.messages];
  const admin = await connection.admin();
  const { topics } = await admin.fetchTopicMetadata({ topics: names.map((name) => connection.physical(name)) });
  return topics.flatMap((topic) => topic.partitions);
}

async function leaders(pipeline: Pipeline): Promise<readonly number[]> {
  return (await partitions(pipeline)).map(({ leader }) => leader);
}

/** Until then the loss of the next would leave too few copies to write to. */
async function inSync(pipeline: Pipeline): Promise<void> {
  await until(async () => (await partitions(pipeline)).every(({ isr }) => isr.length === 3), {
    timeoutMs: 60_000,
    what: 'the replicas to be in sync',
  });
}
