import { existsSync, readFileSync } from 'node:fs';
import { describe } from '@jest/globals';

const FOLDER = new URL('../../../../shared/vectors/', import.meta.url);

/** Test vectors lie beside the project, where they are; without them the suite is skipped, and says so. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the suite states what the file holds
export function describeVectors<T>(file: string, body: (vectors: T) => void): void {
  const url = new URL(file, FOLDER);
  if (existsSync(url)) {
    const vectors = JSON.parse(readFileSync(url, 'utf8')) as T;
    describe(`vectors: ${file}`, () => body(vectors));
    return;
  }
  process.stderr.write(`skipped: ../shared/vectors/${file} is not there\n`);
  describe.skip(`vectors: ${file}`, () => undefined);
}
