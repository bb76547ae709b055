import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispatcherRole } from '@signpost/dispatcher';
import { newId } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { ControlDirectory, type RunningProcess } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';
import { until } from '@signpost/testing';
import { anEndpoint, Scene } from '../pipeline/scene.js';

const ENDPOINTS = 100_000;
const MOST_BYTES = 1_000_000;
const MOST_SERIES = 6_000;
/** Loopback has many addresses: this is somebody else. */
const PROMETHEUS = '127.0.0.2';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

describe('a scrape of a process that knows very many endpoints', () => {
  let scene: Scene;
  let running: RunningProcess;
  let renderings = 0;
  beforeAll(async () => {
    scene = await Scene.open({
      DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/none',
      BACKLOG_EVERY_MS: '100',
    });
    running = await scene.start(dispatcherRole, matcherRole, retrySchedulerRole, recorderRole);
    const { view } = running.app.get(ControlDirectory);
    const applications = Array.from({ length: 100 }, () => newId('app', Date.now()));
    for (let n = 0; n < ENDPOINTS; n += 1) {
      const applicationId = applications[n % applications.length] ?? newId('app', 0);
      const state = anEndpoint(applicationId, { url: `https://example.com/${String(n)}` });
      view.apply({ kind: 'endpoint', id: state.id, version: 1, state });
    }
    const { registry } = running.app.get(Metrics);
    const render = registry.metrics.bind(registry);
    registry.metrics = () => {
      renderings += 1;
      return render();
    };
  }, 180_000);
  afterAll(() => scene.close());

  function scrape(path = '/metrics', headers: Readonly<Record<string, string>> = {}, agent?: Agent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: running.port,
        path,
        headers,
        ...(agent === undefined ? {} : { agent }),
      };
      const sent = request({ ...options, localAddress: agent === undefined ? PROMETHEUS : '127.0.0.1' }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            contentType: answer.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  }
  const seriesOf = (text: string): readonly string[] =>
    text
      .split('\n')
      .flatMap((line) => (line === '' || line.startsWith('#') ? [] : [line.slice(0, line.lastIndexOf(' '))]));
  const answers = () =>
    until(
      async () => {
        const answer = await scrape();
        return answer.status === 200 ? answer : undefined;
      },
      { timeoutMs: 30_000, everyMs: 50, what: 'an answer to Prometheus' },
    );

  it('is small, whatever it knows', async () => {
    const { body } = await answers();
    expect(Buffer.byteLength(body)).toBeLessThan(MOST_BYTES);
    expect(seriesOf(body).length).toBeLessThan(MOST_SERIES);
    const { registry } = running.app.get(Metrics);
    const took: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const since = performance.now();
      await registry.metrics();
      took.push(performance.now() - since);
    }
    const median = took.toSorted((a, b) => a - b)[10] ?? 0;
    const size = `${String(seriesOf(body).length)} series, ${String(Buffer.byteLength(body))} bytes`;
    process.stdout.write(`  a scrape: ${size}, rendered in ${median.toFixed(1)} ms\n`);
  });

  it('is made once for those who ask together, and is the same for all', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    await answers();
    const before = renderings;
    const all = await Promise.all([1, 2, 3, 4].map(() => scrape('/metrics', {}, agent)));
    agent.destroy();
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(renderings - before).toBeLessThanOrEqual(2);
    expect(new Set(all.map(({ body }) => body)).size).toBeLessThanOrEqual(2);
  });

  it('costs little however often it is asked for, and is there for others', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const before = renderings;
    const since = performance.now();
    const hammered = await Promise.all(Array.from({ length: 1_000 }, () => scrape('/metrics', {}, agent)));
    const seconds = Math.ceil((performance.now() - since) / 1_000);
    agent.destroy();
    const statuses = hammered.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(50 * (seconds + 1));
    expect(renderings - before).toBeLessThanOrEqual(statuses.filter((status) => status === 200).length);
    expect((await scrape()).status).toBe(200);
    expect((await scrape('/health/live')).status).toBe(200);
  });

  it('is given to others while somebody asks and never takes the answer, or goes away', async () => {
    const open: Socket[] = [];
    const ask = async (times: number): Promise<Socket> => {
      const socket = connect(running.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(times));
      open.push(socket);
      return socket;
    };
    for (let n = 0; n < 40; n += 1) await ask(50);
    for (let n = 0; n < 40; n += 1) (await ask(1)).destroy();
    expect((await answers()).body).toContain('signpost_process_role{role="dispatcher"} 1');
    expect((await scrape('/health/live')).status).toBe(200);
    for (const socket of open) socket.destroy();
    expect((await answers()).status).toBe(200);
  });

  it('is the same whatever the request says', async () => {
    const { body, contentType } = await answers();
    const names = new Set(seriesOf(body).map((one) => one.split('{')[0]));
    const asked = [
      scrape('/metrics?name[]=signpost_attempts_total&endpoint=ep_1&format=json'),
      scrape('/metrics', { accept: 'application/openmetrics-text; version=1.0.0', 'accept-encoding': 'gzip' }),
      scrape('/metrics', { 'x-endpoint-id': 'ep_hostile', traceparent: 'no trace', 'user-agent': '{label="x"} 1\\n' }),
    ];
    for (const answer of await Promise.all(asked)) {
      expect([answer.status, answer.contentType]).toEqual([200, contentType]);
      expect(new Set(seriesOf(answer.body).map((one) => one.split('{')[0]))).toEqual(names);
      expect(answer.body).not.toMatch(/ep_hostile|no trace|label="x"/);
    }
    for (const path of ['/metrics/', '/metrics/all', '/METRICS']) expect((await scrape(path)).status).not.toBe(429);
  });
});
