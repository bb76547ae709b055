import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SecretBox } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import { DatabaseUnavailableError, type IdempotencyKeys, type KeyClaim, type KeyUse } from '@signpost/ports';
import { ApiError, ValidationError } from '../http/api-error.js';
import { callerOf, type Caller } from '../access/caller.js';
import { Turns } from '../turns.js';
import { KeyedRequest } from './keyed-request.js';
import { IDEMPOTENCY_KEY, keyUse } from './key-use.js';

/** What became of the key, on the answer: `replayed`, or `unchecked` where the database could not be asked. */
export const IDEMPOTENCY_HEADER = 'signpost-idempotency';

/** Beyond the time after which a process that fell silent has lost the key. */
const WAIT_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
const LARGEST_ANSWER_BYTES = 1_048_576;

/** How a handler honours an Idempotency-Key, where that is not the usual way. */
export interface IdempotentOptions {
  /**
   * The handler gives its answer again by itself, from what it kept, the key and the request, which is the same: what it
   * answered is not stored.
   */
  readonly recalls?: true;
  /** The handler works without the database, and so it does without knowing whether the key was used before. */
  readonly withoutDatabase?: true;
}

/** `handle`: what the request asks for. It is given the key; one that could not be looked up names the request all the same. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly options: IdempotentOptions;
  readonly handle: (key: KeyedRequest | undefined) => Promise<unknown>;
}

interface KeyedExchange extends Exchange {
  readonly use: KeyUse;
}

/**
 * Honours `Idempotency-Key` on POST: the answer to the first use is given again to those after it, for twelve hours; uses at
 * the same time wait for each other. Only a success is kept: whatever failed may be tried again with the same key.
 */
export class IdempotentRequests {
  private readonly turns = new Turns();

  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly box: SecretBox,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Handles the request, unless a request with its key was handled before: then with that one's answer.
   * @throws ValidationError for a malformed key and one of another request, ApiError 409 and 503 where the first answer is
   * not to be had
   */
  async during(exchange: Exchange): Promise<unknown> {
    const { request, handle } = exchange;
    if (!isKeyed(request)) return handle(undefined);
    const caller = callerOf(request);
    const use = caller === undefined ? undefined : keyUse(request, sharersOf(caller), Date.now());
    if (use === undefined) return handle(undefined);
    return this.turns.take([use.scope.toString('hex')], () => this.answer({ ...exchange, use }));
  }

  private async answer(exchange: KeyedExchange): Promise<unknown> {
    const claim = await this.claim(exchange.use);
    switch (claim.kind) {
      case 'held':
        this.metrics.of.idempotencyKeys.inc({ result: 'first' });
        return this.first(exchange, claim.firstAtMs);
      case 'answered':
        this.metrics.of.idempotencyKeys.inc({ result: 'replayed' });
        return this.again(exchange, claim);
      case 'running':
        this.metrics.of.idempotencyKeys.inc({ result: 'running' });
        throw new ApiError(
          409,
          'idempotency_key_in_use',
          'A request with this Idempotency-Key is still being carried out. Send it again after the time in Retry-After.',
          1,
        );
      case 'other-request':
        this.metrics.of.idempotencyKeys.inc({ result: 'other-request' });
        throw new ValidationError([
          {
            loc: ['header', IDEMPOTENCY_KEY],
            msg: 'was used for another request within the last 12 hours: repeat that one unchanged, or choose a new key',
            type: 'idempotency_key_reused',
          },
        ]);
      case 'unknown':
        this.metrics.of.idempotencyKeys.inc({ result: 'unchecked' });
        return this.unchecked(exchange);
    }
  }

  /** Waits for who is at it, up to WAIT_MS. */
  private async claim(use: KeyUse): Promise<KeyClaim | { readonly kind: 'unknown' }> {
    const until = performance.now() + WAIT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const claim = await this.keys.claim(use);
        if (claim.kind !== 'running' || performance.now() >= until) return claim;
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) return { kind: 'unknown' };
        throw error;
      }
      await wait(pauseMs);
    }
  }

  private async first({ reply, options, use, handle }: KeyedExchange, firstAtMs: number): Promise<unknown> {
    const key = new KeyedRequest(identityOf(use), firstAtMs, undefined);
    let value: unknown;
    try {
      value = await handle(key);
    } catch (error) {
      await this.quietly(() => this.keys.free(use));
      throw error;
    }
    const body = options.recalls === true ? Buffer.from(key.kept ?? '') : bytesOf(value);
    const { statusCode } = reply;
    if (statusCode >= 300 || reply.sent) await this.quietly(() => this.keys.free(use));
    else await this.quietly(() => this.keys.answer(use, { status: statusCode, body: this.sealed(body) }));
    return value;
  }

  private async again(exchange: KeyedExchange, claim: KeyClaim & { readonly kind: 'answered' }): Promise<unknown> {
    const { reply, options, use, handle } = exchange;
    const { status, body } = claim.answer;
    if (body === undefined) {
      throw new ApiError(
        409,
        'idempotency_answer_not_kept',
        `A request with this Idempotency-Key was answered ${String(status)}; its answer was too large to be kept. Nothing was done again: look up what it made.`,
      );
    }
    const plain = body.length === 0 ? body : this.box.open(body.toString('latin1'));
    void reply.status(status).header(IDEMPOTENCY_HEADER, 'replayed');
    if (options.recalls === true)
      return handle(new KeyedRequest(identityOf(use), claim.firstAtMs, plain.toString('utf8')));
    if (plain.length === 0) return undefined;
    void reply.header('content-type', 'application/json; charset=utf-8');
    return plain;
  }

  private unchecked({ reply, options, use, handle }: KeyedExchange): Promise<unknown> {
    if (options.withoutDatabase !== true) {
      throw new ApiError(
        503,
        'database_unavailable',
        'The database does not answer, so it is unknown whether this Idempotency-Key was used before. Try again in a few seconds.',
        5,
      );
    }
    void reply.header(IDEMPOTENCY_HEADER, 'unchecked');
    return handle(new KeyedRequest(identityOf(use), Date.now(), undefined));
  }

  private sealed(body: Buffer): Buffer | undefined {
    if (body.length > LARGEST_ANSWER_BYTES) return undefined;
    // An answer may hold a secret: a new key, a token, a rotated secret.
    return body.length === 0 ? body : Buffer.from(this.box.seal(body), 'latin1');
  }

  /** What was done is done: an answer that cannot be kept is given all the same, and the key falls free by itself. */
  private async quietly(keep: () => Promise<void>): Promise<void> {
    try {
      await keep();
    } catch (error) {
      this.log.warn('what was answered to an Idempotency-Key could not be kept', { err: error });
    }
  }
}

const isKeyed = ({ headers }: FastifyRequest): boolean => headers[IDEMPOTENCY_KEY] !== undefined;

const identityOf = ({ scope, fingerprint }: KeyUse): string =>
  `${scope.toString('hex')}.${fingerprint.toString('hex')}`;

/** Who gets the answer that another was given: nobody who may do less, since it may hold a secret. */
function sharersOf({ organisationId, portal, scopes }: Caller): string {
  return portal === undefined ? `${organisationId}/${[...scopes].sort().join()}` : portal.id;
}

function bytesOf(value: unknown): Buffer {
  if (value === undefined || value === null) return Buffer.alloc(0);
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
