import type { RebuildProgress } from './index-rebuild.js';

/** "12000 of 40000 records (30 %), 4000 a second, about 7 s to go". `elapsedMs`: since the rebuild began. */
export function progressLine({ records, read }: RebuildProgress, elapsedMs: number): string {
  const percent = records === 0 ? 100 : Math.floor((100 * read) / records);
  const perSecond = elapsedMs <= 0 ? 0 : (1_000 * read) / elapsedMs;
  const line = `${String(read)} of ${String(records)} records (${String(percent)} %)`;
  if (perSecond < 1) return line;
  const left = Math.ceil((records - read) / perSecond);
  return `${line}, ${String(Math.round(perSecond))} a second, about ${String(left)} s to go`;
}
