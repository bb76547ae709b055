import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { apiRole } from '@signpost/api';
import { TOPICS } from '@signpost/contracts';
import { dispatcherRole } from '@signpost/dispatcher';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import {
  Collector,
  freshFolder,
  freshTopicPrefix,
  makeTopics,
  ScriptedReceiver,
  testKafkaBrokers,
  until,
} from '@signpost/testing';
import { ApiScene } from '../api/support.js';
import { CALLER, TRACE } from './scene.js';

const ROLES = [ingestRole, matcherRole, dispatcherRole, retrySchedulerRole, recorderRole, apiRole];
const WITHIN = { timeoutMs: 60_000, everyMs: 50 } as const;
const topic = `platform-${freshTopicPrefix()}events`;
/** Part of everything that is nobody else's business. */
const MARK = 'Marker7f3a';
const SECRET = `whsec_${Buffer.from(`${MARK} is the key of the endpoint`).toString('base64')}`;

let scene: ApiScene;
let receiver: ScriptedReceiver;
let collector: Collector;
let producer: Producer;
const logFile = join(freshFolder(), 'log');

beforeAll(async () => {
  receiver = await ScriptedReceiver.start();
  collector = await Collector.start();
  await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: 1 }]);
  producer = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const settings = {
    ...collector.settings,
    OTEL_TRACES_SAMPLER_ARG: '1',
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${MARK}`,
    LOG_LEVEL: 'debug',
    LOG_FILE: logFile,
    INGEST_SOURCE_TOPICS: topic,
    EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
    EGRESS_ALLOW_HTTP: 'true',
    SIGNPOST_MASTER_KEY: `${MARK} seals what has to be sealed`,
  };
  scene = await ApiScene.open(undefined, settings, ROLES);
}, 180_000);
afterAll(async () => {
  await producer.disconnect();
  await receiver.stop();
  await collector.stop();
});

const logLines = (): readonly string[] => readFileSync(logFile, 'utf8').split('\n');
const leaking = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.includes(MARK) || line.includes(SECRET) || line.includes(scene.key));

async function endpoint(uid: string, fields: object): Promise<void> {
  const made = await scene.call('POST', '/api/v1/app/shop/endpoint', { uid, retrySchedule: [1], ...fields });
  expect(made.status).toBe(201);
}

describe('payloads and secrets, all the way', () => {
  it('are in no line of the log and in no span, whatever goes wrong', async () => {
    const app = (await scene.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).body.id;
    await endpoint('crm', {
      url: receiver.url(`/crm?token=${MARK}`),
      headers: { 'x-key': `${MARK} of a header` },
      secret: SECRET,
    });
    await endpoint('made', { url: receiver.url('/made') });
    const code = `function handler(webhook) { webhook.url = webhook.url + '/${MARK}'; webhook.headers = { 'x-made': '${MARK}' }; return webhook; }`;
    await scene.call('PATCH', '/api/v1/app/shop/endpoint/made/transformation', { code, enabled: true });
    await endpoint('broken', { url: receiver.url('/broken') });
    const faulty = `function handler(webhook) { throw new Error('${MARK}' + JSON.stringify(webhook.payload)); }`;
    await scene.call('PATCH', '/api/v1/app/shop/endpoint/broken/transformation', { code: faulty, enabled: true });
    receiver.play({ status: 500, headers: { 'x-answer': MARK }, body: `${MARK} of the answer` });
    await until(() => [...scene.control.view.endpointsOf(app as never)].length === 3, {
      ...WITHIN,
      what: 'the endpoints to be known',
    });

    const payload = { text: `${MARK} of a payload` };
    const told = { traceparent: `00-${TRACE}-${CALLER}-01`, baggage: `of=${MARK}` };
    const publish = (body: object): ReturnType<ApiScene['raw']> =>
      scene.raw('POST', '/api/v1/app/shop/msg', JSON.stringify(body), scene.key, told);
    expect((await publish({ eventType: 'a', eventId: 'e-1', payload })).status).toBe(202);
    expect((await publish({ eventType: `not a type ${MARK}`, payload })).status).toBe(422);
    await scene.raw('POST', '/api/v1/app/shop/msg', `{"eventType":"a","payload":${MARK}}`, scene.key, told);
    await scene.raw('GET', `/api/v1/app/shop/msg?tag=${MARK}`, undefined, `wrong ${MARK}`, told);
    await produce({ ce_type: 'a', ce_application: app }, JSON.stringify(payload));
    await produce({ ce_type: 'a', ce_application: app }, `{ ${MARK}`);
    await produce({ ce_type: 'a', ce_application: MARK }, JSON.stringify(payload));
    const value = Buffer.from(JSON.stringify(payload));
    for (const name of [TOPICS.messages, TOPICS.deliveries, TOPICS.journal, TOPICS.retry('1s'), TOPICS.lanes]) {
      for (const text of [MARK, `{ ${MARK}`]) {
        const headers = { 'signpost-delivery': text, ce_message: MARK, ce_time: MARK };
        await scene.sink.append({ topic: name, key: MARK, value, headers });
        await scene.sink.append({ topic: name, key: MARK, value: Buffer.from(text), headers });
      }
    }
    await scene.sink.append({ topic: TOPICS.control, key: `endpoint:${MARK}`, value: Buffer.from(`{ ${MARK}`) });

    await until(() => collector.spans.filter(({ name }) => name === 'send deliveries.dead-letter').length >= 6, {
      ...WITHIN,
      what: 'the deaths of both messages at three endpoints',
    });
    await until(() => logLines().filter((line) => line.includes('aside')).length >= 5, {
      ...WITHIN,
      what: 'what was refused and what was set aside to be logged',
    });
    await scene.close();

    expect(leaking(logLines())).toEqual([]);
    expect(receiver.requests.some(({ body }) => body.includes(MARK))).toBe(true);
    const exported = collector.receiver.requests.map(({ body }) => body.toString('latin1'));
    expect(leaking(exported)).toEqual([]);
    expect(collector.receiver.requests[0]?.headers['x-key']).toBe(MARK);
    expect(logLines().some((line) => line.includes('"messageId":"msg_') && line.includes('"traceId":"'))).toBe(true);
  }, 180_000);
});

async function produce(headers: Record<string, string>, value: string): Promise<void> {
  const always = { ce_specversion: '1.0', ce_id: `e-${MARK}`, ce_source: '/crm', traceparent: MARK };
  await producer.send({ topic, acks: -1, messages: [{ key: MARK, value, headers: { ...always, ...headers } }] });
}
