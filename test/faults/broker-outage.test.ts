import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

const OUTAGE_MS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 20_000 : 5_000;

jest.setTimeout(240_000);

/** Promises 1 and 4: the broker goes away under load and comes back. */
describe('a broker that stops and comes back', () => {
  let kafka: EmbeddedKafka;
  let scene: Scene;
  beforeAll(async () => {
    kafka = await startKafka({ dataFolder: join(freshFolder(), 'kafka') });
    scene = await openScene({ kafkaBrokers: kafka.brokers });
  });
  afterAll(async () => {
    await scene.end();
    await kafka.stop();
  });

  it('is answered with 503 meanwhile, and every message accepted before and after arrives', async () => {
    const { deployment, receiver, application } = scene;
    const load = scene.load();
    await until(() => receiver.arrivals.size > 200, { timeoutMs: 60_000, what: '200 deliveries before the outage' });
    const downSince = Date.now();
    await kafka.stop();
    const message = { eventType: 'message.received', payload: {} };
    await until(
      async () =>
        deployment.publish(application, message).then(
          () => false,
          (error: unknown) => String(error).includes('answered 503'),
        ),
      { timeoutMs: 30_000, what: 'intake to answer 503' },
    );
    await until(() => Date.now() - downSince > OUTAGE_MS, { timeoutMs: OUTAGE_MS * 2, what: 'the outage to last' });
    await kafka.restart();
    const atReturn = receiver.arrivals.size;
    await until(() => receiver.arrivals.size > atReturn + 200, {
      timeoutMs: 90_000,
      what: '200 deliveries after the outage',
    });
    const accepted = await load.stop();
    await until(() => receiver.missing(accepted).length === 0, {
      timeoutMs: 90_000,
      what: 'every accepted message to arrive',
    });
    expect(load.refused).toBeGreaterThan(0);
    expect(receiver.badlySigned).toEqual([]);
    process.stderr.write(
      `  ${String(accepted.size)} accepted, ${String(load.refused)} refused, ${String(receiver.repeats)} arrived again\n`,
    );
  });
});
