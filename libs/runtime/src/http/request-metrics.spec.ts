import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Metrics } from '@signpost/observability';
import { Scraped } from '@signpost/testing';
import { fastify, type FastifyInstance } from 'fastify';
import { measureRequests } from './request-metrics.js';

const PUBLISH = '/api/v1/app/one/msg';

/** By another clock than the one that these tests set. */
async function soon(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`it never came to ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('requests', () => {
  let server: FastifyInstance;
  let metrics: Metrics;
  /** Requests that have reached their handler and wait there. */
  let held = 0;
  let begun = 0;
  beforeEach(async () => {
    held = 0;
    begun = 0;
    metrics = new Metrics({ processMetrics: false });
    server = fastify({ forceCloseConnections: true });
    measureRequests(server, metrics);
    server.addHook('onRequest', (request, reply, done) => {
      begun += 1;
      if (request.headers['x-shed'] === undefined) done();
      else void reply.status(503).send('');
    });
    const answer = async (request: { query: unknown }, reply: { status: (code: number) => unknown }) => {
      const { status = '202' } = request.query as { status?: string };
      if (status === 'hold') {
        held += 1;
        return new Promise(() => undefined);
      }
      reply.status(Number(status));
      return '';
    };
    server.post('/api/v1/app/:appId/msg', answer);
    server.get('/api/v1/app/:appId/msg', answer);
    server.post('/api/v1/app/:appId/msg/batch', answer);
    server.get('/metrics', answer);
    await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.close();
  });

  const port = (): number => (server.server.address() as AddressInfo).port;
  const call = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${String(port())}${path}`, { method, headers });
  const counted = async (): Promise<Scraped> => new Scraped(await metrics.registry.metrics());
  const answered = async (answer: string) => (await counted()).of('signpost_intake_requests_total', { answer });
  const seconds = async (area: string, answer: string) =>
    (await counted()).of('signpost_http_request_duration_seconds_count', { area, answer });

  it.each([
    [202, 'accepted', '2xx'],
    [422, 'refused', '4xx'],
    [429, 'refused', '4xx'],
    [500, 'failed', '5xx'],
    [503, 'failed', '5xx'],
  ])('that publish and are answered %d count as %s', async (status, answer, answerClass) => {
    await call('POST', `${PUBLISH}?status=${String(status)}`);
    await call('POST', `${PUBLISH}/batch?status=${String(status)}`);
    await soon('both', async () => (await answered(answer)) === 2);
    expect(await seconds('publish', answerClass)).toBe(2);
    expect(await seconds('api', answerClass)).toBeUndefined();
  });

  it('that are refused before anybody looks at them count as failed', async () => {
    await call('POST', PUBLISH, { 'x-shed': '1' });
    await soon('it', async () => (await answered('failed')) === 1);
  });

  it('are told apart by their route, and no path, method or header makes a series', async () => {
    await call('GET', '/metrics?status=200');
    await call('GET', `${PUBLISH}?status=200`);
    await soon('those that are known', async () => (await seconds('api', '2xx')) === 1);
    expect(await seconds('platform', '2xx')).toBe(1);
    const before = (await counted()).series.length;
    const paths = ['/metrics%22%7D', '/api/v1/app/%22%0Ax%22/msg/1', '/..%2f..', '/health/live', '/"{}'];
    for (const [index, path] of paths.entries()) await call('GET', path, { 'x-name': `hostile-${String(index)}` });
    await call('PUT', PUBLISH);
    await soon('them', async () => (await seconds('api', '4xx')) === paths.length + 1);
    const { series } = await counted();
    expect(series.filter((name) => /hostile|%22|appId|\.\./.test(name))).toEqual([]);
    // One histogram more: what is unknown, refused.
    expect(series.length - before).toBe(17);
    expect(await answered('accepted')).toBe(0);
  });

  describe('whose caller goes away', () => {
    async function begin(path: string, body: string, length = body.length): Promise<Socket> {
      const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
      const head = [
        `POST ${path} HTTP/1.1`,
        'host: x',
        'content-type: text/plain',
        `content-length: ${String(length)}`,
      ];
      socket.write([...head, '', body].join('\r\n'));
      return socket;
    }

    it('before all of it was sent count with what was refused', async () => {
      const socket = await begin(PUBLISH, 'a', 100);
      await soon('its head', () => begun === 1);
      socket.destroy();
      await soon('it', async () => (await answered('refused')) === 1);
    });

    it.each([
      ['at once', 999, 'refused'],
      ['after a second', 1_000, 'failed'],
    ])('%s, when all of it was sent, count accordingly', async (_, waitedMs, answer) => {
      const clock = jest.spyOn(performance, 'now').mockReturnValue(5_000);
      const socket = await begin(`${PUBLISH}?status=hold`, 'abc');
      await soon('the handler', () => held === 1);
      clock.mockReturnValue(5_000 + waitedMs);
      socket.destroy();
      await soon('it', async () => (await answered(answer)) === 1);
      expect(await seconds('publish', '2xx')).toBeUndefined();
    });
  });
});
