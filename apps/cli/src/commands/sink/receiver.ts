import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../../errors.js';
import { chance, plannedAnswer, type Behaviour } from './chance.js';

/** One request as it is recorded. */
export interface SinkRequest {
  readonly at: string;
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As text where it is UTF-8, else `bodyBase64`. */
  readonly body?: string;
  readonly bodyBase64?: string;
  /** What it was answered; 0: the connection was closed. */
  readonly status: number;
  readonly delayMs: number;
}

export interface ReceiverOptions {
  readonly behaviour: Behaviour;
  readonly retryAfterSeconds: number | undefined;
  readonly seed: number;
  /** Called before the answer, so that what was answered is recorded. */
  readonly taken: (request: SinkRequest, body: Buffer) => void;
}

const LARGEST_BODY = 16_777_216;
const MOST_KEPT = 100;
const LEAVE_MS = 500;
const INSPECTED = '/__requests';

/** Takes every request, remembers the last, and answers as it was told. */
export class SinkReceiver {
  private readonly kept: SinkRequest[] = [];
  private readonly next: () => number;
  private number = 0;

  private constructor(
    private readonly options: ReceiverOptions,
    private readonly server: Server,
  ) {
    this.next = chance(options.seed);
  }

  /** @throws UsageError when the port is taken, or is not ours to take */
  static async open(port: number, host: string, options: ReceiverOptions): Promise<SinkReceiver> {
    const server = createServer();
    const receiver = new SinkReceiver(options, server);
    server.on('request', (request, response) => {
      // Who goes away in the middle is none of our business.
      receiver.handle(request, response).catch(() => request.destroy());
    });
    await new Promise<void>((listening, failed) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        failed(
          new UsageError(
            `Port ${String(port)} of ${host} cannot be listened on: ${error.code ?? error.message}`,
            'Choose another with --port; 0 takes any that is free.',
          ),
        );
      });
      server.listen(port, host, listening);
    });
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    this.server.closeIdleConnections();
    // What is being answered gets its answer; nobody waits longer for it.
    const late = setTimeout(() => this.server.closeAllConnections(), LEAVE_MS);
    await closed;
    clearTimeout(late);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    if (request.url === INSPECTED && request.method !== 'POST') {
      this.inspect(request.method ?? '', response);
      return;
    }
    const { status, isFailure, delayMs } = plannedAnswer(this.options.behaviour, this.next);
    this.number += 1;
    const taken = recorded(request, body, { number: this.number, status, delayMs });
    this.kept.push(taken);
    if (this.kept.length > MOST_KEPT) this.kept.shift();
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    this.options.taken(taken, body);
    if (status === 0) {
      request.socket.destroy();
      return;
    }
    const { retryAfterSeconds } = this.options;
    const headers = isFailure && retryAfterSeconds !== undefined ? { 'retry-after': String(retryAfterSeconds) } : {};
    response.writeHead(status, headers).end();
  }

  private inspect(method: string, response: ServerResponse): void {
    if (method === 'DELETE') this.kept.length = 0;
    const text = JSON.stringify({ data: this.kept, received: this.number });
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  }
}

/** Undefined for one that is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > LARGEST_BODY) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function recorded(
  request: IncomingMessage,
  body: Buffer,
  answered: Pick<SinkRequest, 'number' | 'status' | 'delayMs'>,
): SinkRequest {
  const text = body.toString('utf8');
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value ?? '')] as const);
  return {
    at: new Date().toISOString(),
    method: request.method ?? '',
    path: request.url ?? '/',
    headers: Object.fromEntries(headers),
    ...(Buffer.from(text).equals(body) ? { body: text } : { bodyBase64: body.toString('base64') }),
    ...answered,
  };
}
