// One broker and one database for a whole test run; tests take fresh topics and databases from them.
// Several projects name this file: the first starts the services, the others find them started.
import '../typescript.mjs';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const NEEDED_MB = 1_000;
const stops = [];
let started;

export default function setUp() {
  started ??= start();
  return started;
}

async function start() {
  const { ensureMemory, startKafka, startPostgres } = await import('@signpost/testing/embedded');
  const before = performance.now();
  const onProgress = (sentence) => process.stderr.write(`${sentence}\n`);
  const folder = runFolder();
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  if (!KAFKA_BROKERS || !DATABASE_URL) ensureMemory(NEEDED_MB);

  const kafka = KAFKA_BROKERS
    ? undefined
    : startKafka({ dataFolder: join(folder, 'kafka'), heapMb: 512, onProgress }).then((service) => keep(service));
  const postgres = DATABASE_URL
    ? undefined
    : startPostgres({ dataFolder: join(folder, 'postgres'), durable: false, onProgress }).then((service) =>
        keep(service),
      );
  const outcomes = await Promise.allSettled([kafka, postgres]);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    await stopServices();
    throw failed.reason;
  }

  process.env.SIGNPOST_TEST_KAFKA = KAFKA_BROKERS || (await kafka).brokers.join(',');
  process.env.SIGNPOST_TEST_DATABASE = DATABASE_URL || (await postgres).url;
  onProgress(`Kafka and PostgreSQL ready in ${((performance.now() - before) / 1000).toFixed(1)} s`);
}

/** `npm test` brings a folder and clears it; a bare Jest makes its own. */
function runFolder() {
  if (process.env.SIGNPOST_TEST_FOLDER) return process.env.SIGNPOST_TEST_FOLDER;
  const parent = join(tmpdir(), 'signpost-test');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  process.env.SIGNPOST_TEST_FOLDER = folder;
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void stopServices().finally(() => process.exit(1)));
  return folder;
}

function keep(service) {
  stops.push(() => service.stop());
  return service;
}

/** Last started, first stopped: the folder goes after what lives in it. */
export async function stopServices() {
  for (const stop of stops.splice(0).reverse()) await stop();
}
