import { readFile } from 'node:fs/promises';
import { UsageError } from './errors.js';
import type { Surroundings } from './surroundings.js';

const MOST_BYTES = 16_777_216;

/** The bytes of a file, or of standard input for "-". @throws UsageError */
export async function readInput(name: string, { stdin }: Pick<Surroundings, 'stdin'>): Promise<Buffer> {
  if (name === '-') return readAll(stdin);
  let bytes: Buffer;
  try {
    bytes = await readFile(name);
  } catch (error) {
    throw new UsageError(
      `${name} cannot be read: ${(error as Error).message}`,
      'Check the name; - reads standard input.',
    );
  }
  if (bytes.length > MOST_BYTES) throw tooLarge(name);
  return bytes;
}

/** A JSON object from there. @throws UsageError */
export async function readJsonObject(name: string, surroundings: Surroundings): Promise<Record<string, unknown>> {
  return jsonObject((await readInput(name, surroundings)).toString('utf8'), name === '-' ? 'Standard input' : name);
}

/** @throws UsageError */
export function jsonObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${what} is no JSON: ${(error as Error).message}`,
      'Correct it; `jq . <file>` shows where it breaks.',
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`${what} is no JSON object`, 'Give an object: { … }.');
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length > MOST_BYTES) throw tooLarge('Standard input');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (what: string): UsageError =>
  new UsageError(`${what} holds more than ${String(MOST_BYTES)} bytes`, 'Give less of it.');
