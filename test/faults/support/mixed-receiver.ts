import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Random } from './random.js';

/** What a receiver does with its requests. */
export type Behaviour =
  'quick' | 'slow' | 'flaky' | 'busy' | 'hang' | 'reset' | 'gone' | 'disabled' | 'limited' | 'redirect';

/** One request, in milliseconds since 1970. */
export interface Seen {
  readonly path: string;
  readonly webhookId: string;
  readonly atMs: number;
  /** When it was answered or broken off; undefined while it is open. */
  endedAtMs: number | undefined;
}

const SLOW_MS = 500;
/** From this request on the endpoint is gone. */
const GONE_FROM = 20;

/** Receivers of every temper behind one port, one a path, and an account of all that they saw. */
export class MixedReceiver {
  readonly seen: Seen[] = [];
  readonly badlySigned: string[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly counts = new Map<string, number>();
  private readonly verifier: Webhook;

  private constructor(
    private readonly server: Server,
    private readonly random: Random,
    secret: string,
  ) {
    this.verifier = new Webhook(secret);
  }

  /** `secret`: what every endpoint signs with. */
  static async start(random: Random, secret: string): Promise<MixedReceiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const receiver = new MixedReceiver(server, random, secret);
    server.on('request', (request, response) => receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}${path}`;
  }

  behave(path: string, behaviour: Behaviour): void {
    this.behaviours.set(path, behaviour);
  }

  count(path: string): number {
    return this.counts.get(path) ?? 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      const headers = request.headers as Record<string, string>;
      const webhookId = headers['webhook-id'] ?? 'none';
      try {
        this.verifier.verify(Buffer.concat(chunks).toString('utf8'), headers);
      } catch {
        this.badlySigned.push(webhookId);
      }
      const seen: Seen = { path, webhookId, atMs: Date.now(), endedAtMs: undefined };
      response.once('close', () => (seen.endedAtMs = Date.now()));
      this.seen.push(seen);
      this.counts.set(path, this.count(path) + 1);
      this.answer(path, response);
    });
  }

  private answer(path: string, response: ServerResponse): void {
    switch (this.behaviours.get(path) ?? 'quick') {
      case 'quick':
      case 'limited':
      case 'disabled':
        response.writeHead(200).end();
        return;
      case 'slow':
        setTimeout(() => response.writeHead(200).end(), SLOW_MS).unref();
        return;
      case 'flaky':
        response.writeHead(this.random.next() < 1 / 3 ? 500 : 200).end();
        return;
      case 'busy':
        if (this.random.next() < 1 / 20) response.writeHead(503, { 'retry-after': '1' }).end();
        else response.writeHead(200).end();
        return;
      case 'hang':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'gone':
        response.writeHead(this.count(path) < GONE_FROM ? 200 : 410).end();
        return;
      case 'redirect':
        response.writeHead(302, { location: this.url('/followed') }).end();
        return;
    }
  }
}
