import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, newSymmetricSecret, parseSigningKey, webhookHeaders } from '@signpost/domain';
import { ScriptedReceiver } from '@signpost/testing';
import type { UndiciWebhookSender } from '@signpost/egress';
import { Webhook } from 'standardwebhooks';
import { loopbackSender, post } from './setup.js';

describe('an answer', () => {
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    receiver = await ScriptedReceiver.start();
    sender = loopbackSender({ EGRESS_RESPONSE_BODY_BYTES: '64' });
  });

  afterEach(async () => {
    sender.close();
    await receiver.stop();
  });

  it.each([200, 204, 299, 301, 404, 410, 429, 500, 503, 599])('%i comes back as it is', async (status) => {
    receiver.play(status);
    expect(await sender.send(post(receiver.url()))).toMatchObject({ kind: 'response', status, body: '' });
  });

  it('brings the bytes that were signed, and a signature that the public library accepts', async () => {
    const secret = newSymmetricSecret();
    const id = newId('msg', Date.now());
    // Spacing and escapes that no serialiser would write again.
    const body = Buffer.from('{ "text" : "h\\u00e9llo 👋",\n"n":1.0 }');
    const signed = webhookHeaders(id, new Date(), body, [parseSigningKey(secret)]);
    await sender.send(post(receiver.url('/hook?a=1'), { headers: signed, body }));
    const [request] = await receiver.received(1);
    expect(request).toMatchObject({ method: 'POST', path: '/hook?a=1', body, headers: { ...signed } });
    const headers = { ...signed };
    expect(() => new Webhook(secret).verify(request?.body.toString() ?? '', headers)).not.toThrow();
    expect(() => new Webhook(secret).verify(request?.body.toString().replace('1.0', '1') ?? '', headers)).toThrow();
  });

  it('comes to a PUT as to a POST', async () => {
    expect(await sender.send(post(receiver.url('/put'), { method: 'PUT' }))).toMatchObject({ status: 200 });
    const [request] = await receiver.received(1);
    expect(request).toMatchObject({ method: 'PUT', path: '/put', body: post('').body });
  });

  it('frames the request itself, whatever headers it is given', async () => {
    const headers = {
      host: 'evil.example',
      'content-length': '3',
      'transfer-encoding': 'chunked',
      connection: 'close',
      expect: '100-continue',
      te: 'trailers',
      'x-own': 'é',
    };
    expect(await sender.send(post(receiver.url(), { headers }))).toMatchObject({ status: 200 });
    const [request] = await receiver.received(1);
    expect(request?.headers).toEqual({
      host: `127.0.0.1:${String(receiver.port)}`,
      connection: 'keep-alive',
      'content-length': '24',
      'user-agent': expect.stringMatching(/^Signpost\/\d/),
      'x-own': 'é',
    });
    await sender.send(post(receiver.url(), { headers: { 'user-agent': 'Own/1' } }));
    expect((await receiver.received(2))[1]?.headers['user-agent']).toBe('Own/1');
  });

  it('with a header that no HTTP carries is never sent, and harms nobody', async () => {
    const headers = { 'x-own': 'a\r\nx-other: b' };
    expect(await sender.send(post(receiver.url(), { headers }))).toMatchObject({
      kind: 'network-error',
      code: 'INVALID_REQUEST',
    });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ status: 200 });
    expect(receiver.requests).toHaveLength(1);
  });

  it('gives Retry-After as it stood, and none where two contradict each other', async () => {
    receiver.play(
      { status: 503, headers: { 'retry-after': '120' } },
      { status: 503, headers: { 'retry-after': ['1', '2'] } },
      503,
    );
    expect(await sender.send(post(receiver.url()))).toMatchObject({ retryAfter: '120' });
    expect(await sender.send(post(receiver.url()))).not.toMatchObject({ retryAfter: '1' });
    expect(await sender.send(post(receiver.url()))).not.toHaveProperty('retryAfter');
  });

  it('is kept up to the cap, without half a character at its end', async () => {
    receiver.play(
      { status: 200, body: 'short' },
      { status: 200, body: 'é'.repeat(500) },
      { status: 200, body: `x${'é'.repeat(500)}` },
    );
    expect(await sender.send(post(receiver.url()))).toMatchObject({ body: 'short' });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ body: 'é'.repeat(32) });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ body: `x${'é'.repeat(31)}` });
    // Little enough to read to its end: the connection was kept.
    expect(receiver.connections).toBe(1);
  });

  it('that redirects is a failure; nobody goes where it points', async () => {
    const inside = await ScriptedReceiver.start();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.play({ status, headers: { location: inside.url('/inside'), refresh: `0;url=${inside.url()}` } });
      expect(await sender.send(post(receiver.url()))).toMatchObject({ kind: 'response', status });
    }
    expect(inside.connections).toBe(0);
    await inside.stop();
  });

  it('comes over a kept connection, whose phases are then absent from the timing', async () => {
    const first = await sender.send(post(receiver.url()));
    const second = await sender.send(post(receiver.url()));
    expect(receiver.connections).toBe(1);
    expect(first.timing).toEqual({
      connectMs: expect.any(Number),
      firstByteMs: expect.any(Number),
      totalMs: expect.any(Number),
    });
    expect(second.timing).toEqual({ firstByteMs: expect.any(Number), totalMs: expect.any(Number) });
    expect(second.timing.totalMs).toBeGreaterThanOrEqual(second.timing.firstByteMs ?? Infinity);
  });

  it('may announce that it closes: the next request opens a connection', async () => {
    receiver.play({ status: 200, headers: { connection: 'close' } });
    for (let n = 0; n < 3; n += 1) expect(await sender.send(post(receiver.url()))).toMatchObject({ status: 200 });
    expect(receiver.connections).toBe(3);
  });

  it('may be preceded by interim ones', async () => {
    receiver.play({
      raw: 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n',
    });
    expect(await sender.send(post(receiver.url()))).toMatchObject({ kind: 'response', status: 201 });
  });
});
