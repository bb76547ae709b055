import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@signpost/testing';
import { answers, loopbackSender, post } from './setup.js';

const MIB = 1_048_576;
const ENDPOINTS = 50;
/** What the system itself takes of each answer into its buffers, ahead of anybody who reads. */
const BUFFERED_BYTES = 8 * MIB;
const BLOCK = Buffer.alloc(65_536, 'x');

/** Answers every request with this head and then blocks without end, and counts what the system took of them. */
class Flood {
  written: number[] = [];
  private readonly open = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(head: string, block: Buffer): Promise<Flood> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const flood = new Flood(server);
    server.on('connection', (socket) => flood.answer(socket, head, block));
    return flood;
  }

  url(host: string): string {
    return `http://${host}:${String((this.server.address() as AddressInfo).port)}/`;
  }

  get openConnections(): number {
    return this.open.size;
  }

  stop(): void {
    for (const socket of this.open) socket.destroy();
    this.server.close();
  }

  private answer(socket: Socket, head: string, block: Buffer): void {
    this.open.add(socket);
    const more = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket
      .on('error', () => undefined)
      .on('drain', more)
      .once('data', () => {
        socket.write(head);
        more();
      })
      .once('close', () => {
        this.open.delete(socket);
        this.written.push(socket.bytesWritten);
      });
  }
}

describe('fifty endpoints that send without end, all at once', () => {
  let flood: Flood;
  let baseline = 0;

  beforeEach(() => {
    globalThis.gc?.();
    baseline = process.memoryUsage().arrayBuffers;
  });
  afterEach(() => flood.stop());

  async function floodAll(): Promise<{ readonly results: readonly object[]; readonly peakBytes: number }> {
    const sender = loopbackSender({}, answers(['127.0.0.1']));
    let peakBytes = 0;
    const watch = setInterval(() => {
      peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - baseline);
    }, 5);
    const names = Array.from({ length: ENDPOINTS }, (_, n) => `e${String(n)}.example.com`);
    const results = await Promise.all(names.map((name) => sender.send(post(flood.url(name)))));
    await until(() => flood.openConnections === 0, { timeoutMs: 30_000, what: 'every connection to be closed' });
    clearInterval(watch);
    expect(sender.status()).toEqual({ origins: 0, open: 0, idle: 0, waiting: 0 });
    sender.close();
    return { results, peakBytes };
  }

  it.each<[string, string, Buffer, object]>([
    [
      'a body of a gigabyte',
      `HTTP/1.1 200 OK\r\ncontent-length: ${String(1_024 * MIB)}\r\n\r\n`,
      BLOCK,
      { kind: 'response', status: 200, body: 'x'.repeat(16_384) },
    ],
    [
      'chunks',
      'HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n',
      Buffer.from(`10000\r\n${BLOCK.toString()}\r\n`),
      { kind: 'response', status: 500, body: 'x'.repeat(16_384) },
    ],
    [
      'headers',
      'HTTP/1.1 200 OK\r\n',
      Buffer.from(`x-more: ${'x'.repeat(1_000)}\r\n`.repeat(64)),
      { kind: 'network-error', code: 'HEADERS_TOO_LARGE' },
    ],
    ['one header', 'HTTP/1.1 200 OK\r\nx-more: ', BLOCK, { kind: 'network-error', code: 'HEADERS_TOO_LARGE' }],
    [
      'a compressed body',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n',
      BLOCK,
      { kind: 'response', status: 200 },
    ],
  ])('%s: each is cut off, and little of it is read or kept', async (_what, head, block, expected) => {
    flood = await Flood.start(head, block);
    const { results, peakBytes } = await floodAll();
    for (const result of results) expect(result).toMatchObject(expected);
    expect(flood.written).toHaveLength(ENDPOINTS);
    for (const bytes of flood.written) expect(bytes).toBeLessThan(BUFFERED_BYTES);
    expect(peakBytes).toBeLessThan(64 * MIB);
  });
});
