import { loggedResponseHeaders, type AttemptResult, type AttemptTiming, type TimeoutPhase } from '@signpost/domain';
import type { AttemptTimeouts } from '@signpost/ports';
import type { Dispatcher } from 'undici';
import { BlockedAddressError } from '../connect/guarded-lookup.js';
import type { SocketEvents } from '../connect/open-socket.js';
import { AnswerBody } from './answer-body.js';
import { Deadline } from './deadline.js';
import { networkCodeOf, type NetworkCode } from './network-code.js';

/** How an attempt leaves its connection: fit for the next, or to be closed. */
export type Leaving = 'keep' | 'close';

export interface AttemptEvents {
  /** Once for each attempt. */
  settled(result: AttemptResult, leaving: Leaving): void;
  /** A kept connection was closed under the request before any answer: the same request may go out on a new one. */
  stale(): void;
}

/** Interim answers (1xx) beyond this number are no conversation any more. */
const MOST_INTERIM = 8;
const NO_HEADERS: Readonly<Record<string, unknown>> = {};
const LOST: ReadonlySet<NetworkCode> = new Set(['ECONNRESET', 'CONNECTION_CLOSED']);

type Timings = { -readonly [Phase in keyof AttemptTiming]: AttemptTiming[Phase] };

/** Follows one request through undici's callbacks and turns what it sees into facts. Knows nothing of pools. */
export class Attempt implements Dispatcher.DispatchHandler, SocketEvents {
  private readonly deadline = new Deadline(() => this.expire());
  private readonly startedAt = performance.now();
  private readonly timing: Timings = { totalMs: 0 };
  private readonly body: AnswerBody;
  private phase: TimeoutPhase = 'connect';
  private sentAt = 0;
  private answered = false;
  private interim = 0;
  private done = false;
  private status = 0;
  private retryAfter: string | undefined;
  private headers = NO_HEADERS;
  /** Set by the connection when it has to open a socket for this attempt: a kept one can be stale, a new one not. */
  opensSocket = false;

  constructor(
    private readonly timeouts: AttemptTimeouts,
    keepBytes: number,
    private readonly events: AttemptEvents,
    /** Lower-case names of the headers that the result is to hold; undefined: what the log may keep. */
    private readonly keepHeaders?: readonly string[],
  ) {
    this.body = new AnswerBody(keepBytes);
    this.deadline.set(this.startedAt + Math.min(timeouts.connectMs, timeouts.totalMs));
  }

  lookedUp(ms: number): void {
    this.timing.lookupMs = ms;
  }

  connected(ms: number): void {
    this.timing.connectMs = ms;
  }

  secured(ms: number): void {
    this.timing.tlsMs = ms;
  }

  onRequestStart(): void {
    // undici asks for the callback; the connection is closed through its client instead.
  }

  onRequestSent(): void {
    this.sentAt = performance.now();
    this.phase = 'first-byte';
    this.deadline.set(Math.min(this.sentAt + this.timeouts.firstByteMs, this.startedAt + this.timeouts.totalMs));
  }

  onResponseStarted(): void {
    if (this.answered) return;
    this.answered = true;
    this.timing.firstByteMs = performance.now() - this.sentAt;
    this.phase = 'total';
    this.deadline.set(this.startedAt + this.timeouts.totalMs);
  }

  onResponseStart(_controller: unknown, status: number, headers: Readonly<Record<string, unknown>>): void {
    if (status < 200) {
      this.interim += 1;
      if (this.interim > MOST_INTERIM) this.fail('INVALID_HTTP');
      return;
    }
    this.status = status;
    const retryAfter = headers['retry-after'];
    // Two of them contradict each other, and so say nothing.
    if (typeof retryAfter === 'string') this.retryAfter = retryAfter;
    this.headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (!this.done) this.body.add(chunk);
  }

  onResponseEnd(): void {
    this.respond('keep');
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.done) return;
    if (error instanceof BlockedAddressError) {
      this.settle({ kind: 'blocked-address', reason: 'private-address', timing: this.timed() }, 'close');
      return;
    }
    const code = networkCodeOf(error);
    const stale = LOST.has(code) && !this.opensSocket && !this.answered;
    if (!stale) {
      this.fail(code);
      return;
    }
    // A request that was not written to its end cannot have arrived.
    if (this.sentAt > 0) this.timing.lostMs = performance.now() - this.startedAt;
    this.phase = 'connect';
    this.deadline.set(Math.min(performance.now() + this.timeouts.connectMs, this.startedAt + this.timeouts.totalMs));
    this.events.stale();
  }

  /** More bytes came over the connection than are read of an answer. Without a status it is none. */
  flooded(): void {
    if (this.status === 0) this.fail('HEADERS_TOO_LARGE');
    else this.respond('close');
  }

  fail(code: NetworkCode): void {
    this.settle({ kind: 'network-error', code, timing: this.timed() }, 'close');
  }

  private respond(leaving: Leaving): void {
    const { status, retryAfter, keepHeaders } = this;
    const headers = keepHeaders === undefined ? loggedResponseHeaders(this.headers) : named(this.headers, keepHeaders);
    const answer = { kind: 'response', status, body: this.body.text(), timing: this.timed() } as const;
    const more = {
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(headers === undefined ? {} : { headers }),
    };
    this.settle({ ...answer, ...more }, leaving);
  }

  private expire(): void {
    const late = performance.now() >= this.startedAt + this.timeouts.totalMs;
    this.settle({ kind: 'timeout', phase: late ? 'total' : this.phase, timing: this.timed() }, 'close');
  }

  private timed(): AttemptTiming {
    this.timing.totalMs = performance.now() - this.startedAt;
    return this.timing;
  }

  private settle(result: AttemptResult, leaving: Leaving): void {
    if (this.done) return;
    this.done = true;
    this.deadline.clear();
    this.events.settled(result, leaving);
  }
}

/** A header that comes twice is a list (RFC 9110 §5.3). */
function named(headers: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      if (typeof value === 'string') return [[name, value]];
      return Array.isArray(value) ? [[name, value.join(', ')]] : [];
    }),
  );
}
