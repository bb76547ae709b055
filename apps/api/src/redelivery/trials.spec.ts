import { expect, it } from '@jest/globals';
import { deliveryIdOf, newId, newSymmetricSecret, SecretBox } from '@signpost/domain';
import { Log } from '@signpost/observability';
import type { EndpointStore, NumberedRedelivery, Recovery, WebhookSender } from '@signpost/ports';
import { Trials } from './trials.js';

it('answers for each record, though the sender itself fails: what is not answered is sent again', async () => {
  const box = new SecretBox('a key for tests and nothing else');
  const endpointId = newId('ep', 0);
  const endpoints = {
    some: () => Promise.resolve([{ id: endpointId, secrets: [box.seal(Buffer.from(newSymmetricSecret()))] }]),
  } as never as EndpointStore;
  let sent = 0;
  const sender = {
    send: () => {
      sent += 1;
      if (sent === 1) return Promise.reject(new Error('a fault of ours'));
      return Promise.resolve({ kind: 'response', status: 200, timing: { totalMs: 1 } });
    },
  } as never as WebhookSender;
  const due = [1, 2].map((sequence): NumberedRedelivery => {
    const id = newId('msg', 0);
    const message = { id, applicationId: newId('app', 0), eventType: 'a', acceptedAtMs: 0, payload: Buffer.from('{}') };
    return {
      deliveryId: deliveryIdOf(id, endpointId),
      endpointId,
      number: 0,
      attemptsBefore: 0,
      sequence,
      takesOver: false,
      message,
    };
  });
  const trials = new Trials(endpoints, sender, box, Log.create('silent', 'test'), { timeouts: {} } as never);
  const results = await trials.send({ concurrency: 1 } as Recovery, 'https://example.com/', due);
  expect(results).toMatchObject([
    { sequence: 1, result: 'failed' },
    { sequence: 2, result: 'delivered', status: 200 },
  ]);
});
