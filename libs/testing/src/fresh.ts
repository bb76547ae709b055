import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from './embedded/postgres/databases.js';

/** host:port list of the broker that the test run shares. */
export function testKafkaBrokers(): string[] {
  return given('SIGNPOST_TEST_KAFKA').split(',');
}

/** A prefix that no other test's topics and groups share: `t-3f9a1c04.`. */
export function freshTopicPrefix(): string {
  return `t-${randomBytes(4).toString('hex')}.`;
}

/** URL of a new, empty database on the server that the test run shares. */
export function freshDatabase(): Promise<string> {
  return createDatabase(given('SIGNPOST_TEST_DATABASE'), `t_${randomBytes(4).toString('hex')}`);
}

/** A new folder for a test's own services; removed with the run's other data. */
export function freshFolder(): string {
  const parent = process.env.SIGNPOST_TEST_FOLDER ?? join(tmpdir(), 'signpost-test');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'own-'));
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run this test through \`npm test\`, which starts the services`);
  return value;
}
