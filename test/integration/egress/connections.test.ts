import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptResult } from '@signpost/domain';
import type { UndiciWebhookSender } from '@signpost/egress';
import { ScriptedReceiver, until } from '@signpost/testing';
import { answers, loopbackSender, post } from './setup.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const DELIVERED = { kind: 'response', status: 200 };

describe('connections', () => {
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    receiver = await ScriptedReceiver.start();
  });

  afterEach(async () => {
    sender.close();
    await receiver.stop();
  });

  const sendMany = (urls: readonly string[]): Promise<AttemptResult[]> =>
    Promise.all(urls.map((url) => sender.send(post(url))));

  it('are no more than the limit of their origin, and nobody is left waiting', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS_PER_ORIGIN: '3' });
    receiver.play({ status: 200, delayMs: 20 });
    const results = await sendMany(Array.from({ length: 30 }, () => receiver.url()));
    for (const result of results) expect(result).toMatchObject(DELIVERED);
    expect(receiver.connections).toBe(3);
    expect(sender.status()).toEqual({ origins: 1, open: 3, idle: 3, waiting: 0 });
  });

  it('are no more than the limit in total: the one unused longest gives way to another origin', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS: '4' }, answers(['127.0.0.1']));
    for (let n = 0; n < 50; n += 1) {
      expect(await sender.send(post(receiver.url('/', `o${String(n)}.example.com`)))).toMatchObject(DELIVERED);
      expect(sender.status().open).toBeLessThanOrEqual(4);
    }
    expect(sender.status()).toEqual({ origins: 4, open: 4, idle: 4, waiting: 0 });
    expect(receiver.connections).toBe(50);
    await until(() => receiver.openConnections <= 4, { timeoutMs: 10_000, what: 'the old connections to be closed' });
  });

  it('go round between origins that wait for one', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS: '2' }, answers(['127.0.0.1']));
    receiver.play({ status: 200, delayMs: 5 });
    const busy = sendMany(Array.from({ length: 200 }, () => receiver.url('/busy', 'busy.example.com')));
    await receiver.received(4);
    const late = await sendMany(['a', 'b'].map((name) => receiver.url('/late', `${name}.example.com`)));
    for (const result of late) expect(result).toMatchObject(DELIVERED);
    // The newcomers did not wait for the two hundred.
    expect(receiver.requests.length).toBeLessThan(60);
    await busy;
    expect(sender.status().open).toBeLessThanOrEqual(2);
  });

  it('cost the waiting nothing of their time: the clock starts with the connection', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS_PER_ORIGIN: '1' });
    receiver.play({ status: 200, delayMs: 300 });
    const timeouts = { connectMs: 1_000, firstByteMs: 5_000, totalMs: 5_000 };
    const results = await Promise.all(
      Array.from({ length: 8 }, () => sender.send(post(receiver.url(), { timeouts: { ...timeouts, totalMs: 2_000 } }))),
    );
    for (const result of results) expect(result).toMatchObject(DELIVERED);
  });

  it('are waited for by no more than the limit; one more fails at once, and by name', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS_PER_ORIGIN: '1', EGRESS_MAX_WAITING: '3' });
    receiver.play('hang', 200);
    const results = sendMany([receiver.url(), receiver.url(), receiver.url(), receiver.url()]);
    await receiver.received(1);
    expect(sender.status()).toEqual({ origins: 1, open: 1, idle: 0, waiting: 3 });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ kind: 'network-error', code: 'SENDER_BUSY' });
    receiver.dropConnections();
    const [hung, ...waited] = await results;
    expect(hung).toMatchObject({ code: 'CONNECTION_CLOSED' });
    for (const result of waited) expect(result).toMatchObject(DELIVERED);
    expect(sender.status()).toEqual({ origins: 1, open: 1, idle: 1, waiting: 0 });
    expect(await sender.send(post(receiver.url()))).toMatchObject(DELIVERED);
  });

  it('that all are taken leave nothing behind of an origin that was turned away', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS: '1', EGRESS_MAX_WAITING: '0' }, answers(['127.0.0.1']));
    receiver.play('hang', 200);
    const hung = sender.send(post(receiver.url()));
    await receiver.received(1);
    for (const name of ['a', 'b']) {
      const result = await sender.send(post(receiver.url('/', `${name}.example.com`)));
      expect(result).toMatchObject({ code: 'SENDER_BUSY' });
    }
    expect(sender.status()).toEqual({ origins: 1, open: 1, idle: 0, waiting: 0 });
    receiver.dropConnections();
    await hung;
  });

  it('that an origin no longer uses are forgotten with it', async () => {
    await receiver.stop();
    receiver = await ScriptedReceiver.start({ keepAliveMs: 50 });
    sender = loopbackSender({}, answers(['127.0.0.1']));
    await sendMany(Array.from({ length: 20 }, (_, n) => receiver.url('/', `o${String(n)}.example.com`)));
    await until(() => sender.status().origins === 0, { timeoutMs: 20_000, what: 'the origins to be forgotten' });
    expect(sender.status()).toEqual({ origins: 0, open: 0, idle: 0, waiting: 0 });
  });

  it('that end while they are unused are noticed', async () => {
    sender = loopbackSender();
    await sender.send(post(receiver.url()));
    receiver.dropConnections();
    await until(() => sender.status().open === 0, { timeoutMs: 10_000, what: 'the connection to be forgotten' });
    expect(await sender.send(post(receiver.url()))).toMatchObject(DELIVERED);
  });

  it('are closed with the sender; what is under way or waits ends by name', async () => {
    sender = loopbackSender({ EGRESS_MAX_SOCKETS_PER_ORIGIN: '1' });
    receiver.play('hang');
    const results = sendMany([receiver.url(), receiver.url(), receiver.url()]);
    await receiver.received(1);
    sender.close();
    for (const result of await results) expect(result).toMatchObject({ kind: 'network-error', code: 'SENDER_CLOSED' });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ code: 'SENDER_CLOSED' });
    await until(() => receiver.openConnections === 0, { timeoutMs: 10_000, what: 'the sockets to be closed' });
  });
});

describe('a kept connection that the receiver closes under a request', () => {
  const requests: { connection: number; ids: number }[] = [];
  let server: Server;
  let sender: UndiciWebhookSender;

  /** Answers the first request on each of the first `good` connections; all others end the connection. */
  async function listen(good: number, end: (socket: Socket) => void): Promise<string> {
    let connections = 0;
    requests.length = 0;
    server = createServer((socket) => {
      const connection = (connections += 1);
      let count = 0;
      socket
        .on('error', () => undefined)
        .on('data', (data) => {
          const ids = data.toString().split('webhook-id: msg_1').length - 1;
          count += 1;
          requests.push({ connection, ids });
          if (count === 1 && connection <= good) socket.write(OK);
          else end(socket);
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  }

  beforeEach(() => {
    sender = loopbackSender();
  });

  afterEach(() => {
    sender.close();
    server.close();
  });

  const ways: readonly [string, (socket: Socket) => void][] = [
    ['resets', (socket) => socket.resetAndDestroy()],
    ['ends', (socket) => socket.destroy()],
  ];

  it.each(ways)('%s: the same request goes out once more, on a new one', async (_way, end) => {
    const url = await listen(2, end);
    expect(await sender.send(post(url))).toMatchObject(DELIVERED);
    const second = await sender.send(post(url));
    expect(second).toMatchObject(DELIVERED);
    expect(second.timing).toMatchObject({ connectMs: expect.any(Number), lostMs: expect.any(Number) });
    expect(second.timing.lostMs).toBeLessThanOrEqual(second.timing.totalMs);
    expect(requests).toEqual([
      { connection: 1, ids: 1 },
      { connection: 1, ids: 1 },
      { connection: 2, ids: 1 },
    ]);
  });

  it.each(ways)('%s: only once, and never on a new connection', async (way, end) => {
    const url = await listen(1, end);
    const code = way === 'resets' ? 'ECONNRESET' : 'CONNECTION_CLOSED';
    const results: AttemptResult[] = [];
    results.push(await sender.send(post(url)), await sender.send(post(url)));
    expect(requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    results.push(await sender.send(post(url)));
    expect(results[0]).toMatchObject(DELIVERED);
    for (const result of results.slice(1)) expect(result).toMatchObject({ kind: 'network-error', code });
    expect(results.map(({ timing }) => timing.lostMs !== undefined)).toEqual([false, true, false]);
    expect(requests.map(({ connection }) => connection)).toEqual([1, 1, 2, 3]);
  });

  it('is not repeated once a byte of an answer was seen', async () => {
    const url = await listen(1, (socket) => socket.end('HTTP/1.1 5'));
    await sender.send(post(url));
    expect(await sender.send(post(url))).toMatchObject({ kind: 'network-error' });
    expect(requests.map(({ connection }) => connection)).toEqual([1, 1]);
  });
});
