import { expect, it } from '@jest/globals';
import { progressLine } from './progress-line.js';

it.each([
  [{ records: 40_000, read: 12_000 }, 3_000, '12000 of 40000 records (30 %), 4000 a second, about 7 s to go'],
  [{ records: 40_000, read: 0 }, 0, '0 of 40000 records (0 %)'],
  [{ records: 0, read: 0 }, 5, '0 of 0 records (100 %)'],
])('a rebuild of %j after %i ms says where it is', (progress, elapsedMs, line) => {
  expect(progressLine({ indexed: 0, leftOut: 0, ...progress }, elapsedMs)).toBe(line);
});
