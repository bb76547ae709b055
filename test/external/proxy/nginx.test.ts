import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Deployment, freshDatabase, freshFolder, freshTopicPrefix, testKafkaBrokers } from '@signpost/testing';
import { belongsToIngest } from '../../../apps/all/src/start/proxy.js';
import { describeWith, projectRoot } from '../toolchains.js';
import { Nginx } from './nginx.js';
import { Upstream } from './upstream.js';

const LIMIT_BYTES = 4 * 1_048_576;

describeWith('nginx', ['nginx'], 'the proxy, before stand-ins', () => {
  let ingest: Upstream;
  let other: Upstream;
  let api: Upstream;
  let nginx: Nginx;

  beforeAll(async () => {
    [ingest, other, api] = await Promise.all([
      Upstream.start('ingest'),
      Upstream.start('ingest'),
      Upstream.start('api'),
    ]);
    nginx = await Nginx.start({ ingest: [ingest.address, other.address], api: api.address });
  });
  afterAll(async () => {
    await nginx.stop();
    await Promise.all([ingest, other, api].map((upstream) => upstream.stop()));
  });

  it.each([
    ['POST', '/api/v1/app/app_1/msg'],
    ['POST', '/api/v1/app/app_1/msg/'],
    ['POST', '/api/v1/app/app_1/msg?with_content=false'],
    ['POST', '/api/v1/app/app_1/msg/batch'],
    ['POST', '/api/v1/app/app_1/msg/batch?with_content=false'],
    ['POST', '/api/v1/app/a%2Fb/msg'],
    ['GET', '/api/v1/app/app_1/msg'],
    ['HEAD', '/api/v1/app/app_1/msg'],
    ['DELETE', '/api/v1/app/app_1/msg/msg_1/content'],
    ['POST', '/api/v1/app'],
    ['POST', '/api/v1/app/app_1/msg/msg_1/endpoint/ep_1/resend'],
    ['POST', '/api/v1/app/app_1/endpoint/ep_1/send-example'],
    ['POST', '/api/v1/event-type?next=/api/v1/app/app_1/msg'],
    ['GET', '/docs'],
    ['GET', '/health/ready'],
  ])('sends %s %s where the development proxy sends it', async (method, path) => {
    const before = { ingest: ingest.requests.length + other.requests.length, api: api.requests.length };
    await fetch(`${nginx.url}${path}`, { method });
    const toIngest = belongsToIngest(method, path);
    expect({ ingest: ingest.requests.length + other.requests.length, api: api.requests.length }).toEqual({
      ingest: before.ingest + Number(toIngest),
      api: before.api + Number(!toIngest),
    });
    const seen = [...ingest.requests, ...other.requests, ...api.requests].filter(({ url }) => url === path);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('shows nobody the metrics of a process', async () => {
    const before = api.requests.length;
    expect((await fetch(`${nginx.url}/metrics`)).status).toBe(404);
    expect(api.requests.length).toBe(before);
  });

  it("passes the caller's address last, and the name and scheme that were asked for", async () => {
    await fetch(`${nginx.url}/api/v1/app`);
    await fetch(`${nginx.url}/api/v1/app`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    const [plain, claimed] = api.requests.slice(-2);
    expect(plain?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      host: new URL(nginx.url).host,
    });
    expect(claimed?.headers['x-forwarded-for']).toBe('203.0.113.9, 127.0.0.1');
  });

  it('keeps its connections', async () => {
    for (let turn = 0; turn < 5; turn += 1) await fetch(`${nginx.url}/api/v1/app`);
    const before = api.connections;
    for (let turn = 0; turn < 30; turn += 1) await fetch(`${nginx.url}/api/v1/app`);
    expect(api.connections).toBe(before);
    expect(api.requests.at(-1)?.headers['connection']).not.toBe('close');
  });

  it('publishes to one process only, even when that hangs up', async () => {
    const post = () => fetch(`${nginx.url}/api/v1/app/app_1/msg`, { method: 'POST', body: '{}' });
    ingest.hangsUp = other.hangsUp = true;
    try {
      const before = ingest.requests.length + other.requests.length;
      const answer = await post();
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'unavailable' });
      expect(ingest.requests.length + other.requests.length).toBe(before + 1);
    } finally {
      ingest.hangsUp = other.hangsUp = false;
    }
  });

  it('takes a body as large as the processes do, and says so of a larger one', async () => {
    const post = (bytes: number) =>
      fetch(`${nginx.url}/api/v1/app`, { method: 'POST', body: Buffer.alloc(bytes, ' ') });
    const whole = await post(LIMIT_BYTES);
    expect([whole.status, api.requests.at(-1)?.bytes]).toEqual([200, LIMIT_BYTES]);
    const over = await post(LIMIT_BYTES + 1);
    expect(over.status).toBe(413);
    expect(await over.json()).toMatchObject({ code: 'body_too_large' });
  });

  it('has the limit that the processes have', () => {
    const settings = readFileSync(join(projectRoot, 'docs', 'operations.md'), 'utf8');
    expect(settings).toMatch(new RegExp(`\`HTTP_BODY_LIMIT_BYTES\` *\\| ${String(LIMIT_BYTES)} `));
  });
});

describeWith('nginx', ['nginx'], 'the proxy, before real processes', () => {
  let deployment: Deployment;
  let nginx: Nginx;

  beforeAll(async () => {
    deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await freshDatabase(),
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
      roles: ['api', 'ingest'],
    });
    const addressOf = (role: 'api' | 'ingest'): string => new URL(deployment.process(role).url).host;
    nginx = await Nginx.start({ ingest: [addressOf('ingest')], api: addressOf('api') });
  }, 120_000);
  afterAll(async () => {
    await nginx.stop();
    await deployment.stop();
  });

  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${nginx.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${deployment.apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text };
  };
  const message = (bytes: number) => ({ eventType: 'a.b', payload: { text: 'x'.repeat(bytes) } });

  it('is one origin for publishing and for everything else', async () => {
    expect(await call('GET', '/health/ready')).toMatchObject({ status: 200 });
    expect(await call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).toMatchObject({ status: 201 });
    expect(await call('POST', '/api/v1/app/shop/msg', message(10))).toMatchObject({ status: 202 });
    expect(await call('GET', '/api/v1/app/shop/msg')).toMatchObject({ status: 200 });
    expect(await call('GET', '/api/v1/openapi.json')).toMatchObject({ status: 200 });
    expect(await call('GET', '/metrics')).toMatchObject({ status: 404 });
    // What only the process behind would say: the api has no such path, ingest has no other.
    expect((await call('POST', '/api/v1/app/shop/msg', { eventType: 'a.b' })).text).toContain('payload');
  });

  it.each([
    'GET /metrics',
    'HEAD /metrics',
    'POST /metrics',
    'GET /metrics?format=all',
    'GET /metrics/',
    'GET //metrics',
    'GET /./metrics',
    'GET /api/../metrics',
    'GET /%6Detrics',
    'GET /metrics%2F',
    'GET /metrics%3Fa',
    'GET /metrics;a',
    'GET /Metrics',
    'GET http://signpost.example/metrics',
  ])('shows nobody the metrics, whichever way they are asked for: %s', async (asked) => {
    const [method = '', path = ''] = asked.split(' ');
    // As it stands: fetch would tidy the path up.
    const { statusCode, text } = await new Promise<{ readonly statusCode: number; readonly text: string }>(
      (resolve, reject) => {
        const { hostname, port } = new URL(nginx.url);
        const sent = request({ hostname, port, method, path }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve({ statusCode: answer.statusCode ?? 0, text }));
        });
        sent.on('error', reject);
        sent.end();
      },
    );
    expect(statusCode).toBe(404);
    expect(text).not.toMatch(/signpost_|process_cpu/);
  });

  it('lets a batch through that is almost as large as a body may be', async () => {
    const data = Array.from({ length: 16 }, () => message(250 * 1_024));
    expect(await call('POST', '/api/v1/app/shop/msg/batch?with_content=false', { data })).toMatchObject({
      status: 202,
    });
    const more = [...data, message(250 * 1_024)];
    expect(await call('POST', '/api/v1/app/shop/msg/batch', { data: more })).toMatchObject({ status: 413 });
  });

  it('says 503 while ingest is stopped, goes on with the rest, and publishes again once it is back', async () => {
    await deployment.process('ingest').stop();
    const refused = await call('POST', '/api/v1/app/shop/msg', message(10));
    expect(refused).toMatchObject({ status: 503, retryAfter: '1' });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'unavailable' });
    expect(await call('GET', '/api/v1/app/shop')).toMatchObject({ status: 200 });
    await deployment.process('ingest').restart();
    expect(await call('POST', '/api/v1/app/shop/msg', message(10))).toMatchObject({ status: 202 });
  });
});
