import { setTimeout as wait } from 'node:timers/promises';
import { nowMicros } from '../measure/clock.js';
import { Histogram } from '../measure/histogram.js';
import { restartAround } from '../stage/restart.js';
import { nextRun } from '../stage/run-number.js';
import { createTenant, type Tenant } from '../stage/tenant.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, named, percentiles, type Summary } from './summary.js';
import { sendersOf, wayIn, type WayIn } from './ways-in.js';

export const INGEST_ALONE = 'ingest-alone';
/** What is a rate of deliveries elsewhere is one of accepted events here: nobody asked for them. */
export const ACCEPTED = 'events accepted a second';

const WAYS = ['http', 'http-batch'] as const satisfies readonly WayIn[];
type Way = (typeof WAYS)[number];
const ABOUT = { http: 'one event a request', 'http-batch': '100 events a request' } as const satisfies Record<
  Way,
  string
>;
export const ingestTurn = (way: Way): string => `${INGEST_ALONE}, ${ABOUT[way]}`;

const POLL_MS = 50;

/** One process of ingest by HTTP, as fast as it answers; whoever would read what it writes is stopped meanwhile. */
export const ingestAlone: Scenario = {
  name: INGEST_ALONE,
  about: 'one ingest by HTTP with nobody behind it, one event a request and 100: events accepted/s',
  long: true,
  prepare: async (bench) => {
    const tenant = await createTenant(bench.stage, INGEST_ALONE, 0);
    return WAYS.map((way) => ({ name: ingestTurn(way), run: () => run(bench, tenant, way) }));
  },
};

async function run(bench: Bench, tenant: Tenant, way: Way): Promise<Summary> {
  const { stage } = bench;
  const summaries: Summary[] = [];
  await restartAround(stage, ['subscription-matcher', 'recorder'], async () => {
    summaries.push(await measured(bench, tenant, way));
  });
  return summaries[0] ?? countedApart(new Map(), {});
}

async function measured({ stage, flags, tell }: Bench, tenant: Tenant, way: Way): Promise<Summary> {
  stage.sampler.beginPeaks();
  const pace = { kind: 'full', senders: sendersOf(way), backlog: Infinity } as const;
  await stage.load.ask.start(wayIn(stage, way, tenant.application), { run: nextRun(), pace });
  const sentAfter = async (seconds: number, what: string) => {
    const end = nowMicros() + seconds * 1_000_000;
    for (;;) {
      const sent = await stage.load.ask.arrived(0);
      tell(`${what}: ${String(sent)} events sent`);
      if (nowMicros() >= end) return { sent, atMicros: nowMicros(), cpuSeconds: stage.sampler.cpuSeconds() };
      await wait(POLL_MS);
    }
  };
  const from = await sentAfter(flags.warmSeconds, 'warming up');
  await stage.load.ask.forgetTimes();
  const to = await sentAfter(flags.seconds, 'measuring');
  stage.measured.push({ fromMicros: from.atMicros, toMicros: to.atMicros });
  const load = await stage.load.ask.finish(true);
  const seconds = (to.atMicros - from.atMicros) / 1_000_000;
  const accepted = to.sent - from.sent;
  const cpuOf = (name: string) => (to.cpuSeconds.get(name) ?? Number.NaN) - (from.cpuSeconds.get(name) ?? Number.NaN);
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: accepted / seconds,
    ...named('acknowledgedMs', percentiles(Histogram.of(load.acknowledged), 0)),
    cpuPer1000: Object.fromEntries(['ingest', 'kafka'].map((name) => [name, (cpuOf(name) / accepted) * 1_000])),
    deliveries: load.sent,
    unacknowledged: load.unacknowledged.length,
    ...named('firstRefusal', load.firstRefusal),
    figures: { [ACCEPTED]: accepted / seconds, 'share of a core that ingest takes': cpuOf('ingest') / seconds },
  });
}
