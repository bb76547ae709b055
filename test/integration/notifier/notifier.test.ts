import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiRole } from '@signpost/api';
import { encodeFact, readMessage, TOPICS, type EndpointFact, type JournalFact } from '@signpost/contracts';
import { newId, type ApplicationId, type EndpointId, type MessageId } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import { RecordSink, TopicFollower, type IncomingRecord } from '@signpost/ports';
import { boot, type RunningProcess } from '@signpost/runtime';
import { until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';
import { MailCatcher } from './mail-catcher.js';

const WITHIN = { timeoutMs: 30_000, what: 'what was told to show' };
const MAIL_FROM = 'signpost@example.com';

interface Event {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

describe('the notifier', () => {
  let server: MailCatcher;
  let scene: ApiScene;
  let others: RunningProcess[] = [];
  const events: Event[] = [];
  let app: ApplicationId;

  beforeEach(async () => {
    server = await MailCatcher.start();
    scene = await ApiScene.open(undefined, { SMTP_URL: server.url, MAIL_FROM, MAIL_TO: 'operator@example.com' });
    others = [];
    events.length = 0;
    app = (await scene.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).body.id as ApplicationId;
    await scene.process.app.get(TopicFollower).follow(TOPICS.messages, (record: IncomingRecord) => {
      const { id, applicationId, payload } = readMessage(record);
      events.push({ id, applicationId, body: JSON.parse(payload.toString()) as Event['body'] });
    });
  });
  afterEach(async () => {
    for (const process of others) await process.stop();
    await scene.close();
    await server.stop();
  });

  const operational = async () => {
    const id = (await scene.call('POST', '/api/v1/app', { name: 'Ours', uid: 'operational-webhooks' })).body.id;
    await until(() => scene.control.view.applicationById(id as ApplicationId) !== undefined, WITHIN);
    return id;
  };
  const endpoint = async (fields: Readonly<Record<string, unknown>> = {}): Promise<EndpointId> => {
    const url = 'https://example.com/hook?token=secret';
    const { status, body } = await scene.call('POST', '/api/v1/app/shop/endpoint', { url, ...fields });
    expect(status).toBe(201);
    await until(() => scene.control.view.endpoint(body.id as EndpointId) !== undefined, WITHIN);
    return body.id as EndpointId;
  };
  const mailed = (address: string, count: number) =>
    until(() => server.to(address).length >= count, { ...WITHIN, what: `${String(count)} mails to ${address}` });
  const published = (count: number) =>
    until(() => events.length >= count, { ...WITHIN, what: `${String(count)} operational events` });
  const metric = async (line: string): Promise<boolean> =>
    (await scene.process.app.get(Metrics).registry.metrics()).includes(line);

  it("tells the organisation's operational application, each fact once however often it is told", async () => {
    const id = await operational();
    const about = await endpoint({ uid: 'hook' });
    await scene.tell(warned(app, about, 50), warned(app, about, 50), disabled(app, about), recovered(app, about));
    await published(4);
    await until(() => metric('signpost_operational_events_total{type="endpoint.recovered"} 1'), WITHIN);
    expect(new Set(events.map((event) => event.applicationId))).toEqual(new Set([id]));
    const once = new Map(events.map((event) => [event.id, event.body]));
    const owner = { appId: app, appUid: 'shop', endpointId: about, endpointUid: 'hook' };
    const failSince = '2026-01-01T00:00:00.000Z';
    expect([...once.values()].sort((one, other) => one.type.localeCompare(other.type))).toMatchObject([
      { type: 'endpoint.disabled', data: { ...owner, failSince, reason: 'failing', trigger: 'automatic' } },
      { type: 'endpoint.failing', data: { ...owner, failSince, percent: 50, lastFailure: { status: 503 } } },
      { type: 'endpoint.recovered', data: { ...owner, failSince } },
    ]);
  });

  it('tells of exhausted messages and never mails them, and tells nothing of its own', async () => {
    const id = (await operational()) as ApplicationId;
    const about = await endpoint();
    const messageId = newId('msg', Date.now());
    await scene.tell(exhausted(id, about, newId('msg', Date.now())), exhausted(app, about, messageId));
    await published(1);
    await scene.tell(warned(app, about, 70));
    await published(2);
    expect(events.map(({ body }) => body.type)).toEqual(['message.attempt.exhausted', 'endpoint.failing']);
    expect(events[0]?.body.data).toMatchObject({
      appId: app,
      endpointId: about,
      msgId: messageId,
      lastAttempt: { responseStatusCode: 500 },
    });
    await mailed('operator@example.com', 1);
    expect(server.mails).toHaveLength(1);
  });

  it('mails whom the endpoint names, else whom its application names, else the operator', async () => {
    const own = await endpoint({ notifyEmails: ['dev@example.com', 'lead@example.com'], description: 'Orders' });
    const plain = await endpoint();
    await scene.tell(warned(app, own, 50), warned(app, plain, 50));
    await mailed('dev@example.com', 1);
    await mailed('operator@example.com', 1);
    const [mail] = server.to('dev@example.com');
    expect(server.to('lead@example.com')).toEqual([mail]);
    expect(mail?.subject).toContain('example.com');
    for (const expected of [own, 'https://example.com/hook', 'Orders', 'Shop (shop)', '2026-01-01 00:00 UTC', '503'])
      expect(mail?.text).toContain(expected);
    // What is in the URL beside its path may be a secret.
    expect(mail?.text).not.toMatch(/token|secret/);
    await scene.call('PATCH', '/api/v1/app/shop', { notifyEmails: ['shop@example.com'] });
    await until(() => scene.control.view.applicationById(app)?.notifyEmails, WITHIN);
    await scene.tell(disabled(app, plain));
    await mailed('shop@example.com', 1);
    expect(server.to('shop@example.com')[0]?.subject).toMatch(/disabled/);
    expect(events).toEqual([]);
  });

  it('mails the same once, and by the same Message-ID should a crash repeat it', async () => {
    const about = await endpoint();
    await scene.tell(warned(app, about, 50), warned(app, about, 50));
    await until(() => metric('signpost_mails_total{result="repeated"} 1'), WITHIN);
    await scene.process.stop();
    // As after a crash before its offset was committed: another process is told again, and knows nothing of the first.
    const again = await boot([apiRole], { ...scene.env });
    others.push(again);
    const repeated = encodeFact(warned(app, about, 50, 2_000));
    await again.app.get(RecordSink).append({ topic: TOPICS.journal, key: about, value: repeated });
    await mailed('operator@example.com', 2);
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('goes on telling while the mail server is down, and mails once it is back', async () => {
    await operational();
    const about = await endpoint();
    await server.stop();
    await scene.tell(warned(app, about, 50), disabled(app, about));
    await published(2);
    expect(server.mails).toEqual([]);
    await server.listen();
    await mailed('operator@example.com', 2);
    await until(() => metric('signpost_mails_total{result="sent"} 2'), WITHIN);
  });

  it('gives up a mail whose recipient is refused, and tries one that is put off again', async () => {
    const about = await endpoint();
    server.answer = 550;
    await scene.tell(warned(app, about, 50));
    await until(() => metric('signpost_mails_total{result="refused"} 1'), WITHIN);
    server.answer = 451;
    await scene.tell(warned(app, about, 70));
    await until(() => server.refused >= 2, WITHIN);
    server.answer = 250;
    await mailed('operator@example.com', 1);
    expect(server.mails[0]?.text).toContain('70 %');
  });

  it('sends a mail that a killed process had not sent', async () => {
    const about = await endpoint();
    await server.stop();
    await scene.tell(disabled(app, about));
    await until(() => metric('signpost_consumer_records_total{group="notifier"} 1'), WITHIN);
    await scene.process.stop();
    await server.listen();
    others.push(await boot([apiRole], { ...scene.env }));
    await mailed('operator@example.com', 1);
  });
});

const SINCE = Date.parse('2026-01-01T00:00:00Z');
const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 43_200_000;
const of = (applicationId: ApplicationId, endpointId: EndpointId, atMs = NOON) =>
  ({ kind: 'endpoint', endpointId, applicationId, endpointVersion: 1, atMs, failingSinceMs: SINCE }) as const;
const lastFailure = { reason: 'http:503', status: 503 };

const warned = (app: ApplicationId, id: EndpointId, percent: number, laterMs = 0): EndpointFact => ({
  ...of(app, id, NOON + laterMs),
  state: 'warned',
  percent,
  disablesAtMs: NOON + 1_000,
  lastFailure,
});
const disabled = (app: ApplicationId, id: EndpointId): EndpointFact => ({
  ...of(app, id),
  state: 'disabled',
  reason: 'failing',
  lastFailure,
});
const recovered = (app: ApplicationId, id: EndpointId): EndpointFact => ({ ...of(app, id), state: 'recovered' });

function exhausted(applicationId: ApplicationId, endpointId: EndpointId, messageId: MessageId): JournalFact {
  return {
    kind: 'attempt',
    deliveryId: newId('dlv', NOON),
    messageId,
    applicationId,
    endpointId,
    eventType: 'order.paid',
    atMs: NOON,
    attemptId: newId('atmpt', NOON),
    attempt: 3,
    url: 'https://example.com/hook',
    outcome: 'failed',
    reason: 'http:500',
    status: 500,
    timing: { totalMs: 3 },
    trigger: 'scheduled',
    fate: 'dead-lettered',
    deadLetterReason: 'attempts-exhausted',
  };
}
