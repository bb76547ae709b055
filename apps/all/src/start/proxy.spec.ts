import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findFreePort } from '@signpost/testing/embedded';
import { belongsToIngest, startProxy } from './proxy.js';

describe('belongsToIngest', () => {
  it.each([
    ['POST', '/api/v1/app/app_1/msg', true],
    ['POST', '/api/v1/app/app_1/msg?with_content=false', true],
    ['POST', '/api/v1/app/a.customer-7/msg/batch', true],
    ['POST', '/api/v1/app/app_1/msg/', true],
    ['GET', '/api/v1/app/app_1/msg', false],
    ['POST', '/api/v1/app/app_1/msg/msg_1/endpoint/ep_1/resend', false],
    ['POST', '/api/v1/app/msg', false],
    ['POST', '/api/v1/app', false],
    ['POST', '/api/v1/app/app_1/endpoint?x=/api/v1/app/a/msg', false],
  ])('%s %s: %s', (method, url, expected) => {
    expect(belongsToIngest(method, url)).toBe(expected);
  });
});

describe('startProxy', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  /** Answers with its name, the request line and the length of the body. */
  async function upstream(name: string): Promise<string> {
    const server = createServer((request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => (length += chunk.length));
      request.once('end', () => {
        response
          .writeHead(202, { 'x-by': name })
          .end(`${String(request.method)} ${String(request.url)} ${String(length)}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => (server.closeAllConnections(), server.close()) });
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  it('hands requests on as they are, and says what to do while a process is away', async () => {
    const port = await findFreePort();
    const upstreams = { ingest: await upstream('ingest'), api: 'http://127.0.0.1:1' };
    open.push(await startProxy('127.0.0.1', port, upstreams));
    const origin = `http://127.0.0.1:${String(port)}`;
    const body = 'x'.repeat(3_000_000);
    const headers = { 'content-type': 'application/json' };
    const published = await fetch(`${origin}/api/v1/app/a%20b/msg?with_content=false`, {
      method: 'POST',
      body,
      headers,
    });
    expect([published.status, published.headers.get('x-by')]).toEqual([202, 'ingest']);
    expect(await published.text()).toBe('POST /api/v1/app/a%20b/msg?with_content=false 3000000');
    const away = await fetch(`${origin}/api/v1/app`);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await away.json()).toMatchObject({ code: 'unavailable' });
  });
});
