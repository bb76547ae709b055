import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptResult } from '@signpost/domain';
import type { UndiciWebhookSender } from '@signpost/egress';
import { ScriptedReceiver, until, type Step } from '@signpost/testing';
import fc from 'fast-check';
import { answers, loopbackSender, PATIENT, post } from './setup.js';

/** Short enough to wait for, and long enough not to hit by accident what comes before. */
const SHORT_MS = 400;

describe('a receiver at fault', () => {
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    receiver = await ScriptedReceiver.start();
    sender = loopbackSender();
  });

  afterEach(async () => {
    // Whatever it did: the next request goes through, and nothing is left open once the sender is closed.
    receiver.playAt('/after', 200);
    expect(await sender.send(post(receiver.url('/after')))).toMatchObject({ kind: 'response', status: 200 });
    expect(sender.status()).toEqual({ origins: 1, open: 1, idle: 1, waiting: 0 });
    sender.close();
    await until(() => receiver.openConnections === 0, { timeoutMs: 10_000, what: 'the sockets to be closed' });
    await receiver.stop();
  });

  const outcome = (result: AttemptResult): unknown => ({ ...result, timing: undefined });

  it.each<[string, Step, object]>([
    ['that resets', 'reset', { kind: 'network-error', code: 'ECONNRESET' }],
    ['that ends the connection', 'close', { kind: 'network-error', code: 'CONNECTION_CLOSED' }],
    ['that ends it within the body', 'cut-body', { kind: 'network-error', code: 'CONNECTION_CLOSED' }],
    ['that speaks another protocol', 'garbage', { kind: 'network-error', code: 'INVALID_HTTP' }],
    ['whose headers do not end', 'endless-headers', { kind: 'network-error', code: 'HEADERS_TOO_LARGE' }],
    [
      'that changes the protocol',
      { raw: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n' },
      { kind: 'network-error', code: 'INVALID_HTTP' },
    ],
    ['with a status of 99', { raw: 'HTTP/1.1 099 Odd\r\n\r\n' }, { kind: 'network-error', code: 'INVALID_HTTP' }],
    [
      'with interim answers only',
      { raw: 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20) },
      { kind: 'network-error', code: 'INVALID_HTTP' },
    ],
    [
      'that contradicts itself about the length',
      { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc' },
      { kind: 'network-error', code: 'INVALID_HTTP' },
    ],
    [
      'whose status line does not end',
      { raw: `HTTP/1.1 200 ${'x'.repeat(300_000)}` },
      { kind: 'network-error', code: 'HEADERS_TOO_LARGE' },
    ],
    [
      'whose chunk extension does not end',
      { raw: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(300_000)}` },
      { kind: 'response', status: 200 },
    ],
  ])('%s', async (_what, step, expected) => {
    receiver.play(step);
    expect(await sender.send(post(receiver.url()))).toMatchObject(expected);
    expect(receiver.requests).toHaveLength(1);
  });

  it('that sends a gigabyte is cut off, and its status counts', async () => {
    receiver.play('huge-body');
    const before = process.memoryUsage().arrayBuffers;
    const results = await Promise.all(Array.from({ length: 8 }, () => sender.send(post(receiver.url()))));
    for (const result of results) {
      expect(result).toMatchObject({ kind: 'response', status: 200, body: 'x'.repeat(16_384) });
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
  });

  it('that never answers runs into the first-byte time-out', async () => {
    receiver.play('hang');
    const result = await sender.send(post(receiver.url(), { timeouts: { ...PATIENT, firstByteMs: SHORT_MS } }));
    expect(outcome(result)).toEqual({ kind: 'timeout', phase: 'first-byte' });
    expect(result.timing.totalMs).toBeGreaterThanOrEqual(SHORT_MS);
  });

  it.each<[Step]>([['drip-head'], ['drip-body']])(
    'that answers byte by byte (%s) runs into the total time-out',
    async (step) => {
      receiver.play(step);
      const timeouts = { ...PATIENT, totalMs: SHORT_MS };
      expect(outcome(await sender.send(post(receiver.url(), { timeouts })))).toEqual({
        kind: 'timeout',
        phase: 'total',
      });
    },
  );

  it('that never answers runs into the total time-out when that comes first', async () => {
    receiver.play('hang');
    const timeouts = { ...PATIENT, totalMs: SHORT_MS };
    expect(outcome(await sender.send(post(receiver.url(), { timeouts })))).toEqual({ kind: 'timeout', phase: 'total' });
  });

  it('that is not there is ECONNREFUSED', async () => {
    const closed = await freePort();
    expect(await sender.send(post(`http://127.0.0.1:${String(closed)}/`))).toMatchObject({
      kind: 'network-error',
      code: 'ECONNREFUSED',
    });
  });

  it('may send any bytes at all: an outcome with a name, and the process lives', async () => {
    const anAnswer = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(
          fc.constantFrom(
            'HTTP/1.1 200 OK',
            'HTTP/1.0 500 x',
            '\r\n',
            '\n',
            'a: b',
            'content-length: 5',
            'transfer-encoding: chunked',
            '5\r\nhello\r\n0\r\n\r\n',
            'connection: close',
            'keep-alive: timeout=1',
            'HTTP/1.1 100 Continue',
            'upgrade: x',
            ' ',
            '\0',
          ),
          { maxLength: 12 },
        )
        .map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(anAnswer, async (raw) => {
        receiver.play({ raw });
        const timeouts = { ...PATIENT, totalMs: 60 };
        const result = await sender.send(post(receiver.url(), { timeouts }));
        expect(['response', 'timeout', 'network-error']).toContain(result.kind);
        if (result.kind === 'network-error') expect(result.code).not.toBe('OTHER');
      }),
      { numRuns: 150 },
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a connection that does not come about', () => {
  it.each([
    ['ENOTFOUND', 'ENOTFOUND'],
    ['ENODATA', 'ENOTFOUND'],
    ['EAI_AGAIN', 'EAI_AGAIN'],
    ['ETIMEOUT', 'EAI_AGAIN'],
  ])('because the look-up says %s is %s', async (thrown, code) => {
    const resolve = (): Promise<never> => Promise.reject(Object.assign(new Error('look-up'), { code: thrown }));
    const sender = loopbackSender({}, { resolve });
    expect(await sender.send(post('https://hooks.example.com/'))).toMatchObject({ kind: 'network-error', code });
    await until(() => sender.status().open === 0, { timeoutMs: 10_000, what: 'the place to be free' });
  });

  it('because the name has no address is ENOTFOUND', async () => {
    const sender = loopbackSender({}, answers([]));
    expect(await sender.send(post('https://hooks.example.com/'))).toMatchObject({
      kind: 'network-error',
      code: 'ENOTFOUND',
    });
  });

  it('because the look-up hangs is a connect time-out', async () => {
    const sender = loopbackSender({}, { resolve: () => new Promise(() => undefined) });
    const timeouts = { ...PATIENT, connectMs: SHORT_MS };
    expect(await sender.send(post('https://hooks.example.com/', { timeouts }))).toMatchObject({
      kind: 'timeout',
      phase: 'connect',
    });
    await until(() => sender.status().open === 0, { timeoutMs: 10_000, what: 'the place to be free' });
  });

  it('because the receiver hangs at TLS is a connect time-out, and its socket is closed', async () => {
    let open = 0;
    const silent: Server = createServer((socket) => {
      open += 1;
      socket.on('error', () => undefined).once('close', () => (open -= 1));
      // Read, or the end of the connection would not be seen.
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const sender = loopbackSender();
    const timeouts = { ...PATIENT, connectMs: SHORT_MS };
    const url = `https://127.0.0.1:${String((silent.address() as AddressInfo).port)}/`;
    const result = await sender.send(post(url, { timeouts }));
    expect(result).toMatchObject({
      kind: 'timeout',
      phase: 'connect',
      timing: { connectMs: expect.any(Number) },
    });
    await until(() => open === 0, { timeoutMs: 10_000, what: 'the socket to be closed' });
    silent.close();
  });
});
