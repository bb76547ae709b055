import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@signpost/testing';
import { Pool } from 'undici';
import { Histogram } from '../measure/histogram.js';
import { Reader } from './reader.js';

describe('Reader', () => {
  let server: Server;
  let pool: Pool;
  afterEach(async () => {
    await pool.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  async function open(answer: (path: string) => { readonly status: number; readonly body: unknown }): Promise<Reader> {
    server = createServer((request, response) => {
      const { status, body } = answer(request.url ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    pool = new Pool(origin, { connections: 4 });
    const plan = { origin, apiKey: 'key', application: 'app_1', endpoints: ['ep_1', 'ep_2'] };
    return new Reader(pool, { ...plan, perSecond: 2_000, connections: 4 });
  }

  it('reads each kind in turn, those of a message once it knows one', async () => {
    const asked = new Set<string>();
    const reader = await open((path) => {
      asked.add(path);
      return { status: 200, body: { data: [{ id: 'msg_1' }] } };
    });
    const running = reader.run();
    await until(() => asked.size >= 12, { timeoutMs: 5_000, what: 'every kind to be read, of both endpoints' });
    reader.stop();
    const { times, refused } = await running;
    expect(refused).toBe(0);
    expect(asked).toContain('/api/v1/app/app_1/attempt/msg/msg_1');
    expect(asked).toContain('/api/v1/app/app_1/attempt/endpoint/ep_2?status=2');
    const counts = Object.values(times).map((each) => Histogram.of(each).total);
    expect(counts).toHaveLength(10);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('tells what was refused, and why', async () => {
    let count = 0;
    const reader = await open(() => {
      count += 1;
      return { status: 503, body: { code: 'starting' } };
    });
    const running = reader.run();
    await until(() => count >= 3, { timeoutMs: 5_000, what: 'three reads' });
    reader.stop();
    const { refused, firstRefusal } = await running;
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(firstRefusal).toContain('answered 503: {"code":"starting"}');
  });
});
