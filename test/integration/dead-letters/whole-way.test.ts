import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispatcherRole } from '@signpost/dispatcher';
import type { EndpointId } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { boot, ControlDirectory, type RunningProcess } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';
import { ScriptedReceiver, until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';

const WITHIN = { timeoutMs: 30_000, everyMs: 50 } as const;

interface Letter {
  readonly id: string;
  readonly msgId: string;
  readonly state: string;
  readonly redrives: number;
  readonly attempts: number;
  readonly firstFailureAt: string;
  readonly lastFailureAt: string;
  readonly origin: { readonly topic: string };
}

describe('a delivery that dies, is asked for again, and dies once more', () => {
  let scene: ApiScene;
  let receiver: ScriptedReceiver;
  let others: RunningProcess;
  beforeAll(async () => {
    receiver = await ScriptedReceiver.start();
    scene = await ApiScene.open(undefined, { EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8', EGRESS_ALLOW_HTTP: 'true' });
    others = await boot([ingestRole, matcherRole, dispatcherRole, retrySchedulerRole], { ...scene.env });
  }, 60_000);
  afterAll(async () => {
    await others.stop();
    await scene.close();
    await receiver.stop();
  });

  const letters = async (query: string): Promise<readonly Letter[]> =>
    (await scene.call('GET', `/api/v1/dead-letter?${query}`)).body.data as unknown as readonly Letter[];

  it('has a letter for each run, with what each met with, and only the last is dead', async () => {
    receiver.play(503);
    const app = (await scene.call('POST', '/api/v1/app', { name: 'One' })).body.id;
    const made = { url: receiver.url('/hook'), retrySchedule: [1] };
    const endpoint = (await scene.call('POST', `/api/v1/app/${app}/endpoint`, made)).body.id as EndpointId;
    const isKnown = () => others.app.get(ControlDirectory).view.endpoint(endpoint) !== undefined;
    await until(isKnown, { ...WITHIN, what: 'the endpoint to be known' });
    const published = await fetch(`http://127.0.0.1:${String(others.port)}/api/v1/app/${app}/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.key}`, 'content-type': 'application/json' },
      body: '{"eventType":"lead.captured","payload":{"a":1}}',
    });
    expect(published.status).toBe(202);
    await until(async () => (await letters(`endpointId=${endpoint}`)).length === 1, { ...WITHIN, what: 'the letter' });
    const [first] = await letters(`endpointId=${endpoint}`);
    expect(first).toMatchObject({
      appId: app,
      reason: 'attempts-exhausted',
      reasonClass: 'customer',
      lastFailure: 'http:503',
      lastStatus: 503,
      attempts: 2,
      redrives: 0,
      state: 'dead',
      origin: { topic: expect.stringMatching(/^t-.+\.deliveries\.returning$/) },
    });
    // The first failure came with it through the tier.
    const waited = Date.parse(first?.lastFailureAt ?? '') - Date.parse(first?.firstFailureAt ?? '');
    expect(waited).toBeGreaterThanOrEqual(1_000);
    // A run is numbered after the attempts that the log knows of, and the log may be behind the index.
    const attempts = `/api/v1/app/${app}/attempt/endpoint/${endpoint}`;
    await until(async () => ((await scene.call('GET', attempts)).body.data as unknown as unknown[]).length === 2, {
      ...WITHIN,
      what: 'both attempts to be in the log',
    });
    const resend = `/api/v1/app/${app}/msg/${first?.msgId ?? ''}/endpoint/${endpoint}/resend`;
    expect((await scene.call('POST', resend)).status).toBe(202);
    await until(async () => (await letters(`endpointId=${endpoint}&state=all`)).length === 2, {
      ...WITHIN,
      what: 'the letter of the second run',
    });
    expect(await letters(`endpointId=${endpoint}&state=all`)).toMatchObject([
      { id: first?.id, redrives: 1, attempts: 4, state: 'dead' },
      { id: first?.id, redrives: 0, attempts: 2, state: 'redriven' },
    ]);
    receiver.play(200);
    expect((await scene.call('POST', resend)).status).toBe(202);
    await until(async () => (await letters(`endpointId=${endpoint}`)).length === 0, {
      ...WITHIN,
      what: 'nothing dead',
    });
  }, 120_000);
});
