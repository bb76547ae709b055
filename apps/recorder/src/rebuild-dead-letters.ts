// Makes the index of dead letters say what their topic says, after either was lost or restored:
//   node --import ./tooling/typescript.mjs apps/recorder/src/rebuild-dead-letters.ts
// Safe to repeat, and beside running recorders.
import { KafkaConnection, KafkaTopicScanner, loadKafkaConfig } from '@signpost/kafka';
import { loadPostgresConfig, migrate, PostgresDatabase, PostgresDeadLetterIndexer } from '@signpost/postgres';
import { AppError } from '@signpost/domain';
import { IndexRebuild } from './dead-letters/index-rebuild.js';
import { progressLine } from './dead-letters/progress-line.js';

const EVERY_MS = 1_000;

try {
  const answer = await rebuild();
  process.stdout.write(`${answer}\n`);
} catch (error) {
  const detail =
    error instanceof Error ? (error instanceof AppError ? error.message : (error.stack ?? '')) : String(error);
  process.stderr.write(`${detail}\nusage: rebuild-dead-letters\n`);
  process.exitCode = 1;
}

async function rebuild(): Promise<string> {
  const config = loadPostgresConfig(process.env);
  const connection = new KafkaConnection(loadKafkaConfig(process.env));
  const database = new PostgresDatabase(config);
  const startedMs = Date.now();
  let shownMs = 0;
  try {
    await connection.probe(5_000);
    await migrate(config);
    const scanner = new KafkaTopicScanner(connection);
    const indexer = new PostgresDeadLetterIndexer(database);
    const { records, indexed, leftOut } = await new IndexRebuild(
      scanner,
      indexer,
      (progress) => {
        if (Date.now() - shownMs < EVERY_MS) return;
        shownMs = Date.now();
        process.stderr.write(`${progressLine(progress, shownMs - startedMs)}\n`);
      },
      startedMs,
    ).run();
    return `${String(records)} records read, ${String(indexed)} dead letters indexed, ${String(leftOut)} left out.`;
  } finally {
    await database.close();
    await connection.close();
  }
}
