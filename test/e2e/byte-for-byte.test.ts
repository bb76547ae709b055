import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispatcherRole } from '@signpost/dispatcher';
import { newSymmetricSecret, SecretBox, type Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import { freshTopicPrefix, makeTopics, type ReceivedRequest, ScriptedReceiver } from '@signpost/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { Webhook } from 'standardwebhooks';
import { Scene } from '../integration/pipeline/scene.js';

/** All of it JSON that some serialiser writes, and that parsing and writing anew would change. */
const ODD: Readonly<Record<string, string>> = {
  'white space': '\r\n\t { "a" :\n [ 1 ,\t2 ] , "b":{ } }\n',
  'forms of numbers': '{"a":1.0,"b":1e3,"c":1E+3,"d":-0,"e":-0.0,"f":0.10,"g":1.7976931348623157e+308,"h":5e-324}',
  'numbers beyond a double': '{"a":12345678901234567890,"b":0.1234567890123456789012,"c":1e999,"d":9007199254740993}',
  escapes: '{"a":"\\u00e9\\/\\u002F\\b\\f\\n\\r\\t\\"\\\\","\\u0061b":"\\u0000 \\u001f","c":"\\uD83D\\uDE00"}',
  'half of a surrogate pair': '{"a":"\\ud83d","b":"\\ude00\\ud83d"}',
  'text beyond ASCII': '{"é":"e\u0301 😀 \u2028\u2029 \ufeff\u007f\ufffd","日本":"語","a":"\u00a0"}',
  'names out of order, and twice': '{"z":1,"10":2,"2":3,"a":4,"z":5,"__proto__":{"x":1},"constructor":6,"":7}',
  'what closes other languages': '{"a":"</script>\\u003c!--","b":"${x} {{y}} %s"}',
  'a thousand levels': `{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`,
};

/** An event's bytes from its producer to its receiver's socket (promise 5), with every process of the data plane between. */
describe('a payload', () => {
  const topic = `platform-${freshTopicPrefix()}events`;
  const secret = newSymmetricSecret();
  let scene: Scene;
  let receiver: ScriptedReceiver;
  let application: Application;
  let producer: Producer;
  let origin: string;

  beforeAll(async () => {
    receiver = await ScriptedReceiver.start();
    scene = await Scene.open({
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      INGEST_SOURCE_TOPICS: topic,
    });
    await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 1 }]);
    application = await scene.application();
    const secrets = [new SecretBox(scene.env['SIGNPOST_MASTER_KEY'] ?? '').seal(Buffer.from(secret))];
    await scene.endpoint(application.id, { url: receiver.url('/'), secrets, retrySchedule: [1_000] });
    producer = new Kafka({ brokers: [...scene.connection.config.brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const { port } = await scene.start(ingestRole, matcherRole, dispatcherRole, retrySchedulerRole);
    origin = `http://127.0.0.1:${String(port)}/api/v1`;
  }, 180_000);
  afterAll(async () => {
    await producer.disconnect();
    await scene.close();
    await receiver.stop();
  });

  async function post(body: string): Promise<void> {
    const answer = await fetch(`${origin}/app/${application.id}/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.status === 202 ? '' : await answer.text()]).toEqual([202, '']);
  }

  async function produce(headers: Record<string, string>, value: string): Promise<void> {
    await producer.send({ topic, acks: -1, messages: [{ value, headers }] });
  }

  /** What arrived since, once it has: the body, signed as it is. */
  async function arrived(from: number, times = 1): Promise<readonly ReceivedRequest[]> {
    await scene.until('the request', () => receiver.requests.length >= from + times);
    const requests = receiver.requests.slice(from);
    for (const { body, headers } of requests)
      expect(() =>
        new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false }),
      ).not.toThrow();
    return requests;
  }

  const NAMES = Object.keys(ODD);
  const attributes = (id: string) => ({ id, source: '/crm', type: 'lead.captured', application: application.id });

  it.each(NAMES)('with %s arrives from Kafka as it was produced, and is signed so', async (name) => {
    const [from, value] = [receiver.requests.length, ODD[name] ?? ''];
    const headers = Object.entries({ specversion: '1.0', ...attributes(`binary ${name}`) });
    await produce(Object.fromEntries(headers.map(([key, text]) => [`ce_${key}`, text])), value);
    const [request] = await arrived(from);
    expect(request?.body).toEqual(Buffer.from(value));
  });

  it.each(NAMES)('with %s arrives as it stands in a structured event', async (name) => {
    const [from, value] = [receiver.requests.length, (ODD[name] ?? '').trim()];
    const event = JSON.stringify({ specversion: '1.0', ...attributes(`structured ${name}`) });
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    await produce(headers, `${event.slice(0, -1)}, "data" : ${value}\n}`);
    const [request] = await arrived(from);
    expect(request?.body).toEqual(Buffer.from(value));
  });

  it.each(NAMES)('with %s arrives as it stands in the body of a request', async (name) => {
    const [from, value] = [receiver.requests.length, (ODD[name] ?? '').trim()];
    await post(`{"eventType":"lead.captured", "payload" :\n ${value} }`);
    const [request] = await arrived(from);
    expect(request?.body).toEqual(Buffer.from(value));
  });

  it('as a raw payload arrives as the text that it is, whatever it is', async () => {
    const texts = ['\u0000\r\n é😀 \u2028 <lead score=1.0/>', '', '[1.0, 1e3]', ...Object.values(ODD)];
    for (const rawPayload of texts) {
      const from = receiver.requests.length;
      await post(JSON.stringify({ eventType: 'lead.captured', payload: {}, transformationsParams: { rawPayload } }));
      const [request] = await arrived(from);
      expect(request?.body).toEqual(Buffer.from(rawPayload));
    }
  });

  it('is the same on every attempt', async () => {
    const [from, value] = [receiver.requests.length, ODD['forms of numbers'] ?? ''];
    receiver.playAt('/', 503, 200);
    await post(`{"eventType":"lead.captured","payload":${value}}`);
    const requests = await arrived(from, 2);
    expect(requests.map(({ body }) => body.toString())).toEqual([value, value]);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});
