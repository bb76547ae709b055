import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UndiciWebhookSender } from '@signpost/egress';
import type { OptionsRequest } from '@signpost/ports';
import { ScriptedReceiver } from '@signpost/testing';
import { answers, loopbackSender, PATIENT, post } from './setup.js';

const ask = (url: string, changes: Partial<OptionsRequest> = {}): OptionsRequest => ({
  url,
  headers: { 'webhook-request-origin': 'hooks.platform.example' },
  answerHeaders: ['webhook-allowed-origin', 'webhook-allowed-rate', 'x-absent'],
  timeouts: PATIENT,
  ...changes,
});

describe('a question by OPTIONS', () => {
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    receiver = await ScriptedReceiver.start();
    sender = loopbackSender({}, answers(['127.0.0.1'], ['10.0.0.1']));
  });
  afterEach(async () => {
    sender.close();
    await receiver.stop();
  });

  it('goes out without a body, over the connections of deliveries, and brings the headers that were asked for', async () => {
    const headers = { 'WebHook-Allowed-Origin': '*', 'webhook-allowed-rate': ['1', '2'], 'x-other': 'y' };
    receiver.play({ status: 200, headers, body: 'fine' }, 200);
    const result = await sender.options(ask(receiver.url('/hook?a=1')));
    expect(result).toMatchObject({ kind: 'response', status: 200, body: 'fine' });
    expect(result).toHaveProperty('headers', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '1, 2' });
    expect(await sender.send(post(receiver.url('/hook')))).not.toHaveProperty('headers');
    expect(receiver.requests.map(({ method, path }) => [method, path])).toEqual([
      ['OPTIONS', '/hook?a=1'],
      ['POST', '/hook'],
    ]);
    expect(receiver.requests[0]?.headers).toMatchObject({ 'webhook-request-origin': 'hooks.platform.example' });
    expect(receiver.requests[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(receiver.connections).toBe(1);
  });

  it('is under the guard, the bounds and the clock of every delivery', async () => {
    receiver.play('hang', 'huge-body', { status: 307, headers: { location: 'http://127.0.0.1/' } });
    const short = { ...PATIENT, firstByteMs: 300 };
    expect(await sender.options(ask(receiver.url(), { timeouts: short }))).toMatchObject({
      kind: 'timeout',
      phase: 'first-byte',
    });
    expect(await sender.options(ask(receiver.url()))).toMatchObject({ status: 200, body: 'x'.repeat(16_384) });
    expect(await sender.options(ask(receiver.url()))).toMatchObject({ kind: 'response', status: 307 });
    receiver.play({ status: 200, headers: { connection: 'close' } });
    expect(await sender.options(ask(receiver.url('/', 'a.example.com')))).toMatchObject({ status: 200 });
    for (const host of ['a.example.com', '10.0.0.1']) {
      expect(await sender.options(ask(receiver.url('/', host)))).toMatchObject({ kind: 'blocked-address' });
    }
  });
});
