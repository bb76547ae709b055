import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, parseSigningKey, webhookHeaders } from '@signpost/domain';
import { findFreePort } from '@signpost/testing/embedded';
import { demoSecret, type EndpointName } from './behaviours.js';
import { DemoReceiver, type Arrival } from './receiver.js';

const MASTER_KEY = 'a master key for this test';
const BODY = '{"type":"message.received"}';
let receiver: DemoReceiver;
let arrivals: Arrival[];

beforeEach(async () => {
  arrivals = [];
  receiver = await DemoReceiver.start({
    port: await findFreePort(),
    masterKey: MASTER_KEY,
    onArrival: (arrival) => arrivals.push(arrival),
  });
});
afterEach(() => receiver.stop());

async function deliver(endpoint: EndpointName, id: string, body = BODY): Promise<number> {
  const key = parseSigningKey(demoSecret(MASTER_KEY, 'app', endpoint));
  const headers = webhookHeaders(id as never, new Date(), Buffer.from(BODY), [key]);
  return (await fetch(receiver.url('app', endpoint), { method: 'POST', body, headers })).status;
}

describe('DemoReceiver', () => {
  it('takes what is signed with the secret of its endpoint', async () => {
    const id = newId('msg', 0);
    expect(await deliver('quick', id)).toBe(200);
    expect(arrivals).toEqual([
      { application: 'app', endpoint: 'quick', messageId: id, signed: true, status: 200, body: BODY },
    ]);
  });

  it('refuses a body that was tampered with', async () => {
    expect(await deliver('quick', newId('msg', 0), BODY.replace('received', 'revoked_'))).toBe(401);
    expect(arrivals).toEqual([expect.objectContaining({ signed: false, status: 401 })]);
  });

  it('lets a flaky endpoint fail once or twice a message, and a gone one always', async () => {
    for (const id of ['msg_b', 'msg_c']) {
      const answers = [await deliver('flaky', id), await deliver('flaky', id)];
      expect(answers).toEqual([503, 200]);
    }
    const answers = [await deliver('flaky', 'msg_d'), await deliver('flaky', 'msg_d'), await deliver('flaky', 'msg_d')];
    expect(answers).toEqual([503, 500, 200]);
    expect(await deliver('gone', newId('msg', 0))).toBe(410);
  });
});
