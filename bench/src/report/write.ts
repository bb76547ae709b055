import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verdicts } from './bars.js';
import { markdown } from './markdown.js';
import type { BenchResult } from './result.js';

/** Writes <date>-<commit>-<name>.json and .md, and -notes.md where there are any; returns their path without the ending. */
export function writeResult(folder: string, result: BenchResult): string {
  mkdirSync(folder, { recursive: true });
  const time = result.startedAt.slice(0, 16).replaceAll(':', '');
  const commit = `${result.commit.id}${result.commit.dirty ? '-dirty' : ''}`;
  const base = join(folder, `${time}-${commit}-${result.name}`);
  writeFileSync(`${base}.json`, `${JSON.stringify({ ...result, bars: verdicts(result) }, told, 1)}\n`);
  writeFileSync(`${base}.md`, markdown(result));
  const notes = notesOf(result);
  if (notes !== '') writeFileSync(`${base}-notes.md`, notes);
  return base;
}

function notesOf({ turns }: BenchResult): string {
  return turns
    .flatMap(({ name, median: { notes = [] } }) =>
      notes.map(({ title, text }) => `## ${name}: ${title}\n\n\`\`\`\n${text}\n\`\`\`\n`),
    )
    .join('\n');
}

/** Four significant digits say all that a measurement on a shared machine can say. */
function told(key: string, value: unknown): unknown {
  if (key === 'notes') return undefined;
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
