import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync, type Options } from '@swc/core';
import { repositoryRoot } from '../repository.js';
import type { ProfileNode } from './hot-spots.js';

const options = JSON.parse(readFileSync(join(repositoryRoot, '.swcrc'), 'utf8')) as Options;
const maps = new Map<string, SourceMap>();

/** `libs/kafka/src/x.ts:12`: the line in the source, where the profile has that of the compiled code. */
export function sourcePlace({ callFrame: { url, lineNumber, columnNumber } }: ProfileNode): string {
  if (!url.startsWith('file:')) return `${url}:${String(lineNumber + 1)}`;
  const file = fileURLToPath(url);
  const place = relative(repositoryRoot, file);
  if (!file.endsWith('.ts')) return `${place}:${String(lineNumber + 1)}`;
  const entry = mapOf(file).findEntry(lineNumber, columnNumber);
  return `${place}:${String('originalLine' in entry ? entry.originalLine + 1 : lineNumber + 1)}`;
}

/** Compiled again as tooling/typescript.mjs compiles it, for its map alone. */
function mapOf(file: string): SourceMap {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const { map } = transformSync(readFileSync(file, 'utf8'), { ...options, filename: file, sourceMaps: true });
  const made = new SourceMap(JSON.parse(map ?? '{}') as SourceMapPayload);
  maps.set(file, made);
  return made;
}
