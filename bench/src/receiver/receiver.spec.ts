import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Histogram } from '../measure/histogram.js';
import { nowMicros } from '../measure/clock.js';
import { payloadTemplate, stampPayload } from '../wire/payload.js';
import { Receiver } from './receiver.js';

let receiver: Receiver;
let port: number;
beforeEach(async () => {
  receiver = new Receiver();
  port = (await receiver.listen()).http;
});
afterEach(() => receiver.close());

function request(path: string, sequence: number, run = 1): Buffer {
  const body = payloadTemplate(300);
  stampPayload(body, 0, { atMicros: nowMicros(), run, sequence });
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 300\r\n\r\n`), body]);
}

/** Sends, and resolves with all that came back once `until` is in it, or the connection has ended. */
async function exchange(bytes: Buffer, until: string): Promise<{ readonly text: string; readonly ended: boolean }> {
  const socket: Socket = connect(port, '127.0.0.1');
  let text = '';
  const ended = await new Promise<boolean>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes(until)) resolve(false);
    });
    socket.on('error', () => resolve(true));
    socket.on('close', () => resolve(true));
    socket.write(bytes);
  });
  socket.destroy();
  return { text, ended };
}

describe('Receiver', () => {
  it('answers pipelined requests in order, also behind one that waits', async () => {
    receiver.begin(1, {
      '/slow': { kind: 'delay', ms: 40 },
      '/bad': { kind: 'status', status: 429, retryAfterSeconds: 5 },
    });
    const { text } = await exchange(Buffer.concat([request('/slow', 0), request('/bad', 0)]), 'retry-after');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 429']);
    expect(text).toContain('retry-after: 5\r\n');
    const { paths } = receiver.stats();
    expect(paths['/slow']).toMatchObject({ requests: 1, delivered: 1 });
    expect(paths['/bad']).toMatchObject({ requests: 1, delivered: 0 });
    expect(Histogram.of(paths['/slow']?.latency ?? { counts: new Float64Array(), largest: 0 }).total).toBe(1);
  });

  it('keeps what is of another run, or of no endpoint, out of every account', async () => {
    receiver.begin(2, { '/a': { kind: 'quick' } });
    const { text } = await exchange(
      Buffer.concat([request('/a', 0, 1), request('/b', 0, 2), request('/a', 3, 2)]),
      '200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP',
    );
    expect(text).toContain('200');
    expect(receiver.stats()).toMatchObject({ strays: 2, paths: { '/a': { delivered: 1 } } });
    expect(receiver.missing('/a', 4)).toEqual([0, 1, 2]);
    expect(receiver.arrivals().delivered).toBe(1);
  });

  it('resets, and behaves otherwise when it is told to', async () => {
    receiver.begin(1, { '/a': { kind: 'reset' } });
    expect(await exchange(request('/a', 0), '200')).toEqual({ text: '', ended: true });
    receiver.behave('/a', { kind: 'quick' });
    expect((await exchange(request('/a', 0), '200')).ended).toBe(false);
    expect(receiver.stats().paths['/a']).toMatchObject({ requests: 2, delivered: 1, repeats: 0 });
  });

  it('ends a connection that speaks no HTTP that it understands', async () => {
    const chunked = Buffer.from('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n');
    expect((await exchange(chunked, '200')).ended).toBe(true);
  });
});
