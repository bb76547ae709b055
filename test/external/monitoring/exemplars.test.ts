import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { METRICS } from '@signpost/observability';
import { TracedScene } from '../../integration/traces/scene.js';
import { Prometheus } from './prometheus.js';

const WITHIN_MS = 60_000;

let traced: TracedScene;
let prometheus: Prometheus;

beforeAll(async () => {
  traced = await TracedScene.open({ OTEL_TRACES_SAMPLER_ARG: '1' });
  const targets = [{ address: `127.0.0.1:${String(traced.process.port)}`, labels: {} }];
  prometheus = await Prometheus.start({ targets, rules: [], intervalSeconds: 1 });
}, 120_000);
afterAll(async () => {
  await prometheus.stop();
  await traced.close();
});

interface Found {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

async function exemplarsOf(metric: string): Promise<readonly Found[]> {
  const query = `query_exemplars?query=${encodeURIComponent(`${metric}_bucket`)}&start=0&end=${String(Date.now() / 1_000 + 60)}`;
  return ((await (await fetch(`${prometheus.origin}/api/v1/${query}`)).json()) as { data: readonly Found[] }).data;
}

describe('a real Prometheus, while traces are on', () => {
  it('keeps for each latency a trace that tells of it, and every metric under its name', async () => {
    const application = await traced.scene.application();
    await traced.endpoint(application, '/exemplar');
    const id = await traced.publish(application);
    const post = (await traced.until(id, 'POST')).find(({ name }) => name === 'POST');
    for (const { name } of [
      METRICS.deliveryLatency,
      METRICS.attemptDuration,
      METRICS.stageDuration,
      METRICS.httpRequestDuration,
    ]) {
      await prometheus.until(`${name} leads to the trace`, WITHIN_MS, async () =>
        (await exemplarsOf(name)).some(({ exemplars }) =>
          exemplars.some(({ labels }) => labels['trace_id'] === post?.traceId),
        ),
      );
    }
    const known = (await (await fetch(`${prometheus.origin}/api/v1/label/__name__/values`)).json()) as {
      readonly data: readonly string[];
    };
    const counters = Object.values(METRICS).flatMap(({ kind, name }) => (kind === 'counter' ? name : []));
    expect(known.data).toEqual(expect.arrayContaining(counters));
  });
});
