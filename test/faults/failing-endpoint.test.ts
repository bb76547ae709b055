import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Deployment,
  freshFolder,
  freshTopicPrefix,
  ScriptedReceiver,
  startPostgres,
  testKafkaBrokers,
  until,
  type EmbeddedPostgres,
} from '@signpost/testing';
import { MailCatcher } from '../integration/notifier/mail-catcher.js';

jest.setTimeout(300_000);

const WITHIN_MS = 90_000;

interface OperationalEvent {
  readonly type: string;
  readonly data: { readonly failSince: string; readonly percent?: number; readonly reason?: string };
}

/** Promise 4, and nothing that a process knows dies with it. */
describe('an endpoint that only fails', () => {
  let postgres: EmbeddedPostgres;
  let deployment: Deployment;
  let receiver: ScriptedReceiver;
  let mails: MailCatcher;
  const stopping = new AbortController();
  let load: Promise<void> | undefined;
  const accepted = new Set<string>();
  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres') });
    receiver = await ScriptedReceiver.start();
    mails = await MailCatcher.start();
    deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await postgres.createDatabase('failing'),
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
      env: {
        DISPATCHER_DISABLE_AFTER_SECONDS: '25',
        DISPATCHER_WARN_AT_PERCENT: '30,75',
        SMTP_URL: mails.url,
        MAIL_FROM: 'signpost@example.com',
        MAIL_TO: 'operator@example.com',
      },
    });
  });
  afterAll(async () => {
    stopping.abort();
    await load;
    await deployment.stop();
    await receiver.stop();
    await mails.stop();
    await postgres.stop();
  });

  const path = '/api/v1/app/shop/endpoint/hook';
  const health = async () => (await deployment.call<{ health: Readonly<Record<string, unknown>> }>('GET', path)).health;
  const told = (): OperationalEvent[] => [
    // By their ids: what a crash repeats is the same event.
    ...new Map(
      receiver.requests
        .filter((request) => request.path === '/ours')
        .map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body.toString()) as OperationalEvent]),
    ).values(),
  ];
  const toldOf = (what: string, matches: (event: OperationalEvent) => boolean) =>
    until(() => told().find(matches), { timeoutMs: WITHIN_MS, what });
  const publish = async () => {
    for (let number = 0; !stopping.signal.aborted; number += 1) {
      await deployment
        .publish('shop', { eventType: 'order.paid', payload: { type: 'order.paid', data: { number } } })
        .then(
          (id) => accepted.add(id),
          () => undefined,
        );
      await wait(200);
    }
  };

  it('is warned about and disabled all the same when dispatchers are killed and the database is down', async () => {
    receiver.playAt('/hook', 500);
    await deployment.call('POST', '/api/v1/app', { name: 'Ours', uid: 'operational-webhooks' });
    await deployment.call('POST', '/api/v1/app/operational-webhooks/endpoint', { url: receiver.url('/ours') });
    await deployment.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' });
    // Longer than the test: an open breaker uses up the schedule's attempts, and what is dead-lettered isn't delivered.
    const retrySchedule = Array.from({ length: 50 }, () => 5);
    await deployment.call('POST', '/api/v1/app/shop/endpoint', {
      url: receiver.url('/hook'),
      uid: 'hook',
      retrySchedule,
    });
    expect(await health()).toEqual({ state: 'healthy' });
    load = publish();

    const first = await toldOf('the first warning', ({ data }) => data.percent === 30);
    expect(first.type).toBe('endpoint.failing');
    await until(async () => (await health())['warnedPercent'] === 30, { timeoutMs: WITHIN_MS, what: 'health to tell' });
    expect(await health()).toMatchObject({ state: 'failing', since: first.data.failSince });

    await postgres.stop();
    await deployment.process('dispatcher').kill();
    await deployment.process('dispatcher').restart();

    const second = await toldOf('the second warning', ({ data }) => data.percent === 75);
    expect(second.data.failSince).toBe(first.data.failSince);
    const disabled = await toldOf('the end', ({ type }) => type === 'endpoint.disabled');
    expect(disabled.data).toMatchObject({ failSince: first.data.failSince, reason: 'failing' });
    expect(told()).toHaveLength(3);
    await postgres.restart();
    await until(async () => (await health())['state'] === 'disabled', { timeoutMs: WITHIN_MS, what: 'health to tell' });
    expect(await health()).toMatchObject({ reason: 'failing' });
    const subjects = () => new Set(mails.mails.map(({ messageId }) => messageId)).size;
    await until(() => subjects() === 3, { timeoutMs: WITHIN_MS, what: 'three mails' });

    stopping.abort();
    await load;
    receiver.playAt('/hook', 200);
    await deployment.call('PATCH', path, { disabled: false });
    const delivered = () =>
      new Set(receiver.requests.filter((one) => one.path === '/hook').map((one) => one.headers['webhook-id']));
    await until(() => [...accepted].every((id) => delivered().has(id)), { timeoutMs: WITHIN_MS, what: 'all of them' });
    expect(await health()).toEqual({ state: 'healthy' });
  });
});
