import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { Scene } from './scene.js';

/** Every malformed event that we know of, by HTTP, with its outcome and what its owner is told: what, where, and what to do. */

const LIMIT = 10_240;
const DEEP = `{"a":${'['.repeat(4_000)}${']'.repeat(4_000)}}`;

let scene: Scene;
let application: Application;
let port: number;

beforeAll(async () => {
  scene = await Scene.open({ INGEST_PAYLOAD_LIMIT_BYTES: String(LIMIT), INGEST_APPLICATION_WAIT_MS: '0' });
  application = await scene.application();
  ({ port } = await scene.start(ingestRole));
  await scene.until('the application', async () => (await post({ body: payload('{}') })).status === 202);
}, 120_000);
afterAll(() => scene.close());

interface Request {
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly app?: string;
  readonly path?: string;
}

async function post({ body, headers = {}, app = application.id, path = 'msg' }: Request) {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/api/v1/app/${app}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, text: await answer.text() };
}

/** A message with these members in place of the good ones. */
const message = (members: string): string => `{"eventType":"a","payload":{},${members}}`;
const payload = (text: string): string => `{"eventType":"a","payload":${text}}`;
const latin1 = Buffer.from('{"eventType":"a","payload":{"x":"\xe9"}}', 'latin1');
const id257 = 'i'.repeat(257);

describe('a malformed event by HTTP is refused', () => {
  it.each<[string, Request, number, RegExp]>([
    ['an empty body', { body: '' }, 400, /"invalid_json".*JSON.*Send one JSON value/],
    ['a body cut off', { body: '{"eventType":"a","payl' }, 400, /invalid_json.*position 22.*Send one JSON value/],
    ['two values', { body: '{} {}' }, 400, /invalid_json.*position 3/],
    ['JSON with a comment', { body: '{/* */}' }, 400, /invalid_json.*position 1/],
    ['NaN', { body: payload('{"a":NaN}') }, 400, /invalid_json.*NaN/],
    ['a byte-order mark', { body: Buffer.from('\ufeff{}') }, 400, /invalid_json/],
    ['UTF-16', { body: Buffer.from(payload('{}'), 'utf16le') }, 400, /invalid_json/],
    ['Latin 1', { body: latin1 }, 400, /invalid_json.*not UTF-8 from byte 33 on\. Send JSON in UTF-8/],
    ['NUL bytes', { body: Buffer.alloc(100) }, 400, /invalid_json.*Send one JSON value/],
    ['a NUL byte within', { body: payload('{"a":"\u0000"}') }, 400, /invalid_json.*position 33/],
    ['gzip', { body: gzipSync(payload('{}')), headers: { 'content-encoding': 'gzip' } }, 415, /sent as gzip.*as it is/],
    [
      'a bomb of gzip',
      { body: gzipSync(Buffer.alloc(50_000_000, 0x20)), headers: { 'content-encoding': 'gzip' } },
      415,
      /sent as gzip. Send it as it is, without content-encoding/,
    ],
    ['brotli', { body: 'x', headers: { 'content-encoding': 'br' } }, 415, /sent as br/],
    ['XML', { body: '<a/>', headers: { 'content-type': 'text/xml' } }, 415, /Send the body as application\/json/],
    [
      'a form',
      { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      /application\/json/,
    ],
    ['a type that is none', { body: '{}', headers: { 'content-type': ';;' } }, 415, /application\/json/],
    ['10 MB', { body: payload(`{"a":"${'x'.repeat(10_000_000)}"}`) }, 413, /body_too_large.*smaller/],
    ['a payload above the limit', { body: payload(`{"a":"${'x'.repeat(LIMIT)}"}`) }, 413, /payload_too_large.*10240/],
    ['a list', { body: '[]' }, 422, /"loc":\["body"\]/],
    ['a text', { body: '"a"' }, 422, /"loc":\["body"\]/],
    ['null', { body: 'null' }, 422, /"loc":\["body"\]/],
    ['no event type', { body: '{"payload":{}}' }, 422, /"loc":\["body","eventType"\]/],
    ['an event type that is a number', { body: '{"eventType":1,"payload":{}}' }, 422, /"eventType"\].*expected string/],
    ['an event type with spaces', { body: '{"eventType":"a b","payload":{}}' }, 422, /may hold letters, digits/],
    ['an event type of 257 characters', { body: `{"eventType":"${id257}","payload":{}}` }, 422, /eventType.*256/],
    ['no payload', { body: '{"eventType":"a"}' }, 422, /"payload"\].*must be a JSON object/],
    ['a payload that is a list', { body: payload('[1]') }, 422, /"payload"\].*must be a JSON object/],
    ['a payload that is null', { body: payload('null') }, 422, /"payload"\].*must be a JSON object/],
    ['a payload that is JSON in a text', { body: payload('"{}"') }, 422, /"payload"\].*must be a JSON object/],
    ['a payload given twice, the last of them none', { body: message('"payload":1') }, 422, /"payload"\].*JSON object/],
    ['an event id with a slash', { body: message('"eventId":"a/b"') }, 422, /"eventId"\].*may hold letters/],
    ['an event id that is empty', { body: message('"eventId":""') }, 422, /"eventId"\]/],
    ['an event id of 257 characters', { body: message(`"eventId":"${id257}"`) }, 422, /"eventId"\].*256/],
    ['a channel that is no text', { body: message('"channels":[1]') }, 422, /"channels","0"\]/],
    ['channels that are no list', { body: message('"channels":"a"') }, 422, /"channels"\].*expected array/],
    ['six channels', { body: message('"channels":["1","2","3","4","5","6"]') }, 422, /"channels"\].*5/],
    ['a tag with a NUL', { body: message('"tags":["\\u0000"]') }, 422, /"tags","0"\].*control character/],
    ['a tag of half a character', { body: message('"tags":["\\ud83d"]') }, 422, /"tags","0"\].*half of a character/],
    ['a conversation with a line break', { body: message('"conversationId":"a\\n"') }, 422, /without control/],
    ['a conversation of half a character', { body: message('"conversationId":"\\ud83d"') }, 422, /half of a character/],
    [
      'a retention beyond all bounds',
      { body: message('"payloadRetentionHours":1e99') },
      422,
      /payloadRetentionHours"\]/,
    ],
    ['an unknown application', { body: payload('{}'), app: 'nobody' }, 404, /application.*nobody.*does not exist/],
    ['an id of something else', { body: payload('{}'), app: 'ep_1' }, 404, /does not exist/],
    [
      'a batch with a bad one',
      { path: 'msg/batch', body: `{"data":[${payload('{}')},{}]}` },
      422,
      /"data","1","payload"/,
    ],
    ['a batch of nothing', { path: 'msg/batch', body: '{"data":[]}' }, 422, /"loc":\["body","data"\]/],
    ['a batch that is none', { path: 'msg/batch', body: payload('{}') }, 422, /"loc":\["body","data"\]/],
    ['20 KB of headers', { body: payload('{}'), headers: { 'x-large': 'x'.repeat(20_000) } }, 431, /./],
    ['a key of 257 characters', { body: payload('{}'), headers: { 'idempotency-key': id257 } }, 422, /idempotency-key/],
    ['an encoding of its path that is none', { body: '{}', app: '%ff' }, 400, /path/],
  ])('%s', async (_, request, status, says) => {
    const answer = await post(request);
    expect(answer).toEqual({ status, text: expect.stringMatching(says) as unknown });
  });

  it('a request that ends before its body, and the next one goes on', async () => {
    const before = await scene.count(TOPICS.messages);
    const socket = connect(port, '127.0.0.1');
    const head = `POST /api/v1/app/${application.id}/msg HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${scene.apiKey}\r\n`;
    socket.end(`${head}content-type: application/json\r\ncontent-length: 500\r\n\r\n${payload('{}')}`);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await post({ body: payload('{}') })).status).toBe(202);
    expect(await scene.count(TOPICS.messages)).toBe(before + 1);
  });

  it.each([
    ['names given twice', payload('{"a":1,"a":2}')],
    ['numbers beyond a double', payload('{"a":1e400,"b":123456789012345678901234567890}')],
    ['half of a character in its payload', payload('{"a":"\\ud83d"}')],
    ['a NUL in its payload', payload('{"a":"\\u0000"}')],
    ['8,000 levels', payload(DEEP)],
    ['names that objects have', payload('{"__proto__":{"x":1},"constructor":1,"hasOwnProperty":2}')],
    ['members that nobody knows', message('"when":"yesterday","deliverAt":[]')],
  ])('but not one with %s', async (_, body) => {
    expect((await post({ body })).status).toBe(202);
  });
});
