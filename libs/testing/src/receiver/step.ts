import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Waits before it answers. */
  readonly delayMs?: number;
}

/** Bytes as they go over the wire, in place of an answer; the connection stays open. */
export interface RawAnswer {
  readonly raw: string | Buffer;
}

/** What a receiver may do to a request instead of answering it properly. */
export type Fault =
  | 'hang'
  | 'reset'
  | 'close'
  /** Valid so far, one byte at a time: the head, or the body after a proper head. */
  | 'drip-head'
  | 'drip-body'
  | 'garbage'
  | 'endless-headers'
  | 'huge-body'
  /** A head that promises more body than comes before the connection ends. */
  | 'cut-body';

/** A bare number is a status. */
export type Step = number | Answer | RawAnswer | Fault;

const DRIP_MS = 20;
const BLOCK = 65_536;
const HUGE_BYTES = 1_073_741_824;

/** Plays one step; resolves when there is no more to send, or nobody to send it to. */
export async function play(step: Step, response: ServerResponse): Promise<void> {
  const socket = response.socket;
  if (socket === null) return;
  if (typeof step === 'number') {
    response.writeHead(step).end();
  } else if (typeof step === 'string') {
    await misbehave(step, socket);
  } else if ('raw' in step) {
    socket.write(step.raw);
  } else {
    if (step.delayMs !== undefined) await wait(step.delayMs, undefined, { ref: false });
    response.writeHead(step.status, step.headers).end(step.body);
  }
}

async function misbehave(fault: Fault, socket: Socket): Promise<void> {
  switch (fault) {
    case 'hang':
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.destroy();
      return;
    case 'drip-head':
      return drip(socket, `HTTP/1.1 200 OK\r\nx-slow: ${'x'.repeat(100_000)}`);
    case 'drip-body':
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      return drip(socket, 'x'.repeat(100_000));
    case 'garbage':
      socket.end('220 smtp.example.com ESMTP ready\r\n');
      return;
    case 'endless-headers':
      socket.write('HTTP/1.1 200 OK\r\n');
      return flood(socket, Buffer.from(`x-more: ${'x'.repeat(1_000)}\r\n`.repeat(64)), Infinity);
    case 'huge-body':
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${String(HUGE_BYTES)}\r\n\r\n`);
      return flood(socket, Buffer.alloc(BLOCK, 'x'), HUGE_BYTES);
    case 'cut-body':
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort');
      return;
  }
}

async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of Buffer.from(text)) {
    if (socket.destroyed) return;
    socket.write(Buffer.from([byte]));
    await wait(DRIP_MS, undefined, { ref: false });
  }
}

async function flood(socket: Socket, block: Buffer, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += block.length) {
    if (!socket.write(block)) await new Promise<void>((resume) => socket.once('drain', resume).once('close', resume));
  }
}
