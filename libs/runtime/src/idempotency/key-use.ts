import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { KeyUse } from '@signpost/ports';
import { ValidationError } from '../http/api-error.js';

export const IDEMPOTENCY_KEY = 'idempotency-key';
const LONGEST_KEY = 256;

/**
 * The key of a request: keys belong to those who share them, a method and a path. Query and body are what was asked.
 * @throws ValidationError for an empty key and for one that is too long
 */
export function keyUse(request: FastifyRequest, sharers: string, atMs: number): KeyUse | undefined {
  const given = request.headers[IDEMPOTENCY_KEY];
  if (given === undefined || request.method !== 'POST') return undefined;
  const key = Array.isArray(given) ? given.join(', ') : given;
  if (key.length < 1 || key.length > LONGEST_KEY) {
    throw new ValidationError([
      {
        loc: ['header', IDEMPOTENCY_KEY],
        msg: `has to have 1 to ${String(LONGEST_KEY)} characters; this one has ${String(key.length)}`,
        type: key.length < 1 ? 'too_small' : 'too_big',
      },
    ]);
  }
  const [path, query] = split(request.url);
  const body: unknown = request.body;
  return {
    scope: digest(sharers, key, request.method, path),
    fingerprint: digest(query, Buffer.isBuffer(body) ? body : ''),
    atMs,
  };
}

function split(url: string): readonly [path: string, query: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

/** The length before each part keeps ('a', 'bc') and ('ab', 'c') apart. */
function digest(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${String(part.length)}:`).update(part);
  return hash.digest();
}
