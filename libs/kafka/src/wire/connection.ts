import type { Socket } from 'node:net';
import { AppError } from '@signpost/domain';
import type { Api } from './api.js';
import { BytesReader } from './bytes-reader.js';
import { BytesWriter } from './bytes-writer.js';
import { ConnectionLostError, ProtocolError, RequestTimedOutError } from './errors.js';
import { Frames } from './frames.js';

/** Of a request's header, beside the client's name: rather too many. */
const HEADER_BYTES = 64;
const SILENT_DEADLINES = 3;

export interface RequestOptions<T> {
  readonly api: Api;
  readonly write: (into: BytesWriter) => void;
  readonly read: (from: BytesReader) => T;
  readonly timeoutMs: number;
  /** Bytes of the body where they are known. */
  readonly bodyBytes?: number;
}

interface Waiting {
  readonly settle: (frame: BytesReader) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  late: boolean;
}

/**
 * One connection to one broker: requests go out as they come, answers come in the same order.
 *
 * A request that is not answered in time fails, but the connection stays for a while: the broker reads one connection's
 * requests in order, so what is sent again over the same one cannot be overtaken by its first sending.
 */
export class BrokerConnection {
  private readonly waiting = new Map<number, Waiting>();
  private readonly frames = new Frames();
  private correlation = 0;
  private heardAt = performance.now();
  private ended: Error | undefined;
  private readonly endings: ((reason: Error) => void)[] = [];
  /** The time, by performance.now(), at which the broker will end the login's session. */
  expiresAt = Infinity;

  constructor(
    private readonly socket: Socket,
    private readonly clientId: string,
    readonly address: string,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    socket.on('error', (error) => {
      this.end(new ConnectionLostError(`the connection to ${address} broke`, {}, error));
    });
    socket.on('close', () => {
      this.end(new ConnectionLostError(`${address} closed the connection`));
    });
  }

  get usable(): boolean {
    return this.ended === undefined && performance.now() < this.expiresAt;
  }

  /** Called once, when the connection has ended, however it did. */
  onEnd(listener: (reason: Error) => void): void {
    if (this.ended === undefined) this.endings.push(listener);
    else listener(this.ended);
  }

  /** @throws ConnectionLostError, RequestTimedOutError, ProtocolError, or what `read` throws */
  request<T>({ api, write, read, timeoutMs, bodyBytes }: RequestOptions<T>): Promise<T> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    const id = (this.correlation = (this.correlation + 1) & 0x7fffffff);
    const into = new BytesWriter((bodyBytes ?? 0) + HEADER_BYTES + this.clientId.length * 3);
    into.int32(0);
    into.int16(api.key);
    into.int16(api.version);
    into.int32(id);
    into.nullableText(this.clientId);
    write(into);
    const bytes = into.written();
    bytes.writeInt32BE(bytes.length - 4, 0);
    const answer = new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.timedOut(id, api, timeoutMs);
      }, timeoutMs);
      const settle = (frame: BytesReader): void => {
        resolve(read(frame));
      };
      this.waiting.set(id, { settle, fail: reject, timer, late: false });
    });
    this.socket.write(bytes);
    return answer;
  }

  close(): void {
    this.end(new ConnectionLostError(`the connection to ${this.address} was closed`));
  }

  private receive(chunk: Buffer): void {
    this.heardAt = performance.now();
    if (this.ended !== undefined) return;
    try {
      this.frames.push(chunk, (frame) => {
        this.answer(frame);
      });
    } catch (error) {
      this.end(brokenProtocol(this.address, error));
    }
  }

  private answer(frame: Buffer): void {
    const reader = new BytesReader(frame);
    const id = reader.int32();
    const waiting = this.waiting.get(id);
    if (waiting === undefined) throw new ProtocolError('an answer to a request that was not made', { id });
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    if (waiting.late) return;
    try {
      waiting.settle(reader);
    } catch (error) {
      const broken = brokenProtocol(this.address, error);
      waiting.fail(broken);
      throw broken;
    }
  }

  private timedOut(id: number, api: Api, timeoutMs: number): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    waiting.late = true;
    const late = new RequestTimedOutError(
      `${this.address} has not answered ${api.name} within ${String(timeoutMs)} ms`,
    );
    waiting.fail(late);
    if (performance.now() - this.heardAt >= SILENT_DEADLINES * timeoutMs) this.end(late);
  }

  private end(reason: Error): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.socket.destroy();
    for (const { fail, timer, late } of this.waiting.values()) {
      clearTimeout(timer);
      if (!late) fail(reason);
    }
    this.waiting.clear();
    for (const listener of this.endings) listener(reason);
  }
}

/** Whatever goes wrong in reading an answer, the bytes behind it mean nothing any more. */
function brokenProtocol(address: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new ProtocolError(`${address} answers what cannot be read`, {}, error);
}
