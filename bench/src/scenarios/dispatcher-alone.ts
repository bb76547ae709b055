import { setTimeout as wait } from 'node:timers/promises';
import { until } from '@signpost/testing';
import { metricOf } from '../stage/metric.js';
import { nextRun } from '../stage/run-number.js';
import { createTenant, type Tenant } from '../stage/tenant.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';
import { sendersOf, wayIn } from './ways-in.js';

const NAME = 'dispatcher-alone';
const RECEIVER_BUSY = 'share of a core that the receiver takes';
const DISPATCHER_BUSY = 'share of a core that the dispatcher takes';

const MADE = 'signpost_deliveries_made_total';
const ENDPOINTS = 10;
const POLL_MS = 25;

/** Of all deliveries: by then its code is as warm as the bare loop's, which is warmed up before it is measured. */
const FROM = 0.3;
const TO = 0.95;

/**
 * The dispatcher with its topic already full: it is stopped, deliveries are made, it starts. Neither start nor end is
 * measured. What the receiver takes is told beside it: where that is near a whole core, it is the receiver that is slow.
 */
export const dispatcherAlone: Scenario = {
  name: NAME,
  about: 'the dispatcher with its topic already full, ten endpoints: requests for each of its processor seconds',
  prepare: async (bench) => {
    const tenant = await createTenant(bench.stage, NAME, ENDPOINTS);
    return [{ name: NAME, run: () => run(bench, tenant) }];
  },
};

async function run(bench: Bench, tenant: Tenant): Promise<Summary> {
  const { stage, flags, log, tell } = bench;
  const dispatcher = stage.deployment.process('dispatcher');
  const events = flags.quick ? 2_000 : 20_000;
  const expected = events * ENDPOINTS;
  const number = nextRun();
  const recordedBefore = await log.attempts(tenant.application);
  await dispatcher.stop();
  await stage.receiver.ask.begin(
    number,
    Object.fromEntries(tenant.endpoints.map(({ path }) => [path, { kind: 'quick' }])),
  );
  const madeBefore = await metricOf(stage, 'subscription-matcher', MADE);
  const pace = { kind: 'full', senders: sendersOf('kafka'), backlog: events } as const;
  await stage.load.ask.start(wayIn(stage, 'kafka', tenant.application), { run: number, pace, events });
  const load = await stage.load.ask.finish(false);
  await until(
    async () => {
      const made = (await metricOf(stage, 'subscription-matcher', MADE)) - madeBefore;
      tell(`filling the topic: ${String(made)} of ${String(expected)} deliveries`);
      return made >= expected;
    },
    { timeoutMs: 300_000, what: 'all deliveries to be made' },
  );
  stage.sampler.beginPeaks();
  await dispatcher.spawn();
  const from = await reach(bench, expected * FROM, expected);
  const to = await reach(bench, expected * TO, expected);
  const end = await reach(bench, expected, expected);
  await until(async () => (await log.attempts(tenant.application)) >= recordedBefore + expected, {
    timeoutMs: 300_000,
    what: 'all attempts to be written down',
  });
  await dispatcher.ready();
  const stats = Object.values((await stage.receiver.ask.stats()).paths);
  const requests = to.delivered - from.delivered;
  const seconds = (to.atMicros - from.atMicros) / 1_000_000;
  const cpuOf = (name: string) => (to.cpuSeconds.get(name) ?? Number.NaN) - (from.cpuSeconds.get(name) ?? Number.NaN);
  const cpuSeconds = cpuOf('dispatcher');
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: requests / seconds,
    requestsPerCpuSecond: requests / cpuSeconds,
    cpuPer1000: { dispatcher: (cpuSeconds / requests) * 1_000 },
    deliveries: end.delivered,
    repeats: stats.reduce((sum, { repeats }) => sum + repeats, 0),
    lost: expected - end.delivered,
    unacknowledged: load.unacknowledged.length,
    figures: { [RECEIVER_BUSY]: cpuOf('receiver') / seconds, [DISPATCHER_BUSY]: cpuSeconds / seconds },
  });
}

async function reach({ stage, tell }: Bench, delivered: number, of: number) {
  const deadline = performance.now() + 300_000;
  for (;;) {
    const arrivals = await stage.receiver.ask.arrivals();
    tell(`emptying the topic: ${String(arrivals.delivered)} of ${String(of)} deliveries arrived`);
    if (arrivals.delivered >= delivered || performance.now() > deadline) {
      return { ...arrivals, cpuSeconds: stage.sampler.cpuSeconds() };
    }
    await wait(POLL_MS);
  }
}
