import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export interface IdempotentOptions {
  /**
   * The handler gives its answer again by itself, from what it kept, the key and the request, which is the same: what it
   * answered is not stored.
   */
  readonly recalls?: true;
  /** The handler works without the database, and so it does without knowing whether the key was used before. */
  readonly withoutDatabase?: true;
}

export const IDEMPOTENT = Symbol('Idempotent');

/** How a POST handler honours an Idempotency-Key, where that is not the usual way. */
export const Idempotent = (options: IdempotentOptions): MethodDecorator => SetMetadata(IDEMPOTENT, options);

/** A request that came with an Idempotency-Key. */
export class KeyedRequest {
  private keptText: string | undefined;

  constructor(
    /** Of the key's scope and of what was asked: the same for a repeated request, and for no other. */
    readonly identity: string,
    /** Milliseconds since 1970: when the request first came. The same for its repeats, also after a crash. */
    readonly firstAtMs: number,
    /** What the handler kept when it answered the first time; undefined the first time. */
    readonly recalled: string | undefined,
  ) {}

  get kept(): string | undefined {
    return this.keptText;
  }

  /** Keeps what the handler needs to give its answer again. */
  keep(text: string): void {
    this.keptText = text;
  }
}

const keyed = new WeakMap<FastifyRequest, KeyedRequest>();

export function markKeyed(request: FastifyRequest, key: KeyedRequest): void {
  keyed.set(request, key);
}

/** Undefined for a request without a key, and where the database cannot tell. */
export const KeyOf = createParamDecorator((_: unknown, context: ExecutionContext): KeyedRequest | undefined =>
  keyed.get(context.switchToHttp().getRequest<FastifyRequest>()),
);
