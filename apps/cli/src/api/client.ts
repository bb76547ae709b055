import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError } from '../errors.js';
import { apiFailure, UnreachableError } from './api-failure.js';
import { reasonOf } from './reason.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | Date | readonly string[] | undefined>>;

export interface Call {
  /** A value to be written as JSON, or bytes that are JSON already. */
  readonly body?: unknown;
  readonly query?: Query | undefined;
  /** With it the server does the same request once, however often it comes: so it is tried again. */
  readonly idempotencyKey?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Headers;
  /** Milliseconds from the request to the end of its answer; of the last try. */
  readonly tookMs: number;
}

export interface ClientOptions {
  readonly server: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly agent: string;
}

const TRIES = 4;
const FIRST_PAUSE_MS = 250;
/** A server that asks for more is believed, and the person is told instead. */
const LONGEST_PAUSE_MS = 10_000;
const PASSING = [429, 502, 503, 504];

/** Asks the API; what may be asked twice is asked again when the server is away for a moment. */
export class ApiClient {
  constructor(private readonly options: ClientOptions) {}

  /** @throws ApiFailure for any answer but 2xx; UnreachableError; InterruptedError */
  async call<T>(method: Method, path: string, call: Call = {}): Promise<T> {
    const { bytes } = await this.answer(method, path, call);
    // The shape is the server's promise, in libs/contracts; nothing is gained by checking it once more.
    return (bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'))) as T;
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.call<T>('GET', path, { query });
  }

  /** As call, with the answer as it came. */
  async answer(method: Method, path: string, call: Call = {}): Promise<ApiAnswer> {
    const answer = await this.anyAnswer(method, path, call);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw apiFailure(answer.status, parsed(answer.bytes), this.where(method, path));
  }

  /** Whatever the server answers is an answer. @throws UnreachableError, InterruptedError */
  async anyAnswer(method: Method, path: string, call: Call = {}): Promise<ApiAnswer> {
    const mayRepeat = method === 'GET' || call.idempotencyKey !== undefined;
    for (let turn = 1; ; turn += 1) {
      const isLast = !mayRepeat || turn === TRIES;
      const result = await this.once(method, path, call);
      if (result instanceof UnreachableError) {
        if (isLast) throw result;
        await this.pause(FIRST_PAUSE_MS * 2 ** (turn - 1));
        continue;
      }
      const pauseMs = retryAfterMs(result.headers) ?? FIRST_PAUSE_MS * 2 ** (turn - 1);
      if (isLast || !PASSING.includes(result.status) || pauseMs > LONGEST_PAUSE_MS) return result;
      await this.pause(pauseMs);
    }
  }

  private async once(method: Method, path: string, call: Call): Promise<ApiAnswer | UnreachableError> {
    const startedAtMs = performance.now();
    const { server, timeoutMs, signal } = this.options;
    try {
      const response = await fetch(`${server}${path}${queryText(call.query)}`, {
        method,
        headers: this.headers(call),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        ...(call.body === undefined ? {} : { body: bodyOf(call.body) }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, bytes, headers: response.headers, tookMs: performance.now() - startedAtMs };
    } catch (error) {
      if (signal.aborted) throw interrupted();
      return new UnreachableError(
        `No answer to ${this.where(method, path)}: ${reasonOf(error)} (waited at most ${String(timeoutMs)} ms)`,
        'Check the address (`signpost config show`) and whether Signpost runs there; --timeout waits longer.',
        {},
        error,
      );
    }
  }

  private headers({ body, idempotencyKey }: Call): Record<string, string> {
    const { key, agent } = this.options;
    return {
      'user-agent': agent,
      accept: 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    };
  }

  private async pause(ms: number): Promise<void> {
    try {
      await wait(ms, undefined, { signal: this.options.signal });
    } catch {
      throw interrupted();
    }
  }

  private where(method: Method, path: string): string {
    return `${method} ${this.options.server}${path}`;
  }
}

/** Text for a place in a path. */
export const inPath = (text: string): string => encodeURIComponent(text);

export const interrupted = (): InterruptedError =>
  new InterruptedError('Ended by Ctrl-C', 'What the server has accepted by then stays done.');

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

function queryText(query: Query | undefined): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    if (value instanceof Date) return [[name, value.toISOString()]];
    return [[name, Array.isArray(value) ? value.join(',') : String(value)]];
  });
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
