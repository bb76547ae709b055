import { setTimeout as wait } from 'node:timers/promises';
import { startChild, type Child } from '../child/remote.js';
import { Histogram, type HistogramSnapshot } from '../measure/histogram.js';
import type { ReadCalls } from '../reads/main.js';
import type { ReadPlan, ReadResult } from '../reads/reader.js';
import { createTenant, type Tenant } from '../stage/tenant.js';
import { runLoad } from './run.js';
import type { Bench, Scenario } from './scenario.js';
import { percentiles, summarise, type Summary } from './summary.js';
import { wayIn } from './ways-in.js';

export const API_READS = 'api-reads';
export const READS = 'reads/s';
const ENDPOINTS = 10;
const EVENTS_PER_SECOND = 100;
const READS_PER_SECOND = 200;
const CONNECTIONS = 16;

export const readsP99 = (what: string): string => `p99 of ${what}, ms`;
export const ALL_READS = 'all reads';

/** What people and SDKs wait for when they look into the API while deliveries flow. */
export const apiReads: Scenario = {
  name: API_READS,
  about: `${String(READS_PER_SECOND)} reads/s of the API while ${String(ENDPOINTS * EVENTS_PER_SECOND)} deliveries/s flow to ten endpoints`,
  prepare: async (bench) => {
    const tenant = await createTenant(bench.stage, API_READS, ENDPOINTS);
    return [{ name: API_READS, run: () => run(bench, tenant) }];
  },
};

async function run(bench: Bench, tenant: Tenant): Promise<Summary> {
  const { stage, log, flags, tell } = bench;
  const reads = await startChild<ReadCalls>('reads/main.ts');
  try {
    const plan = planOf(bench, tenant);
    await read(reads, plan, flags.warmSeconds * 1_000);
    let found: ReadResult | undefined;
    const beside = async (over: AbortSignal): Promise<void> => {
      await reads.ask.start(plan);
      await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
      found = await reads.ask.finish();
    };
    const flow = await runLoad(
      stage,
      log,
      {
        tenant,
        intake: wayIn(stage, 'http', tenant.application),
        pace: { kind: 'rate', perSecond: EVENTS_PER_SECOND },
        seconds: flags.seconds,
        warmSeconds: flags.warmSeconds,
        beside,
      },
      tell,
    );
    const paths = tenant.endpoints.map(({ path }) => path);
    return { ...summarise(flow, paths), figures: figuresOf(found, flow.seconds) };
  } finally {
    await reads.stop();
  }
}

/** Unmeasured, so that the api's code is warm. */
async function read(reads: Child<ReadCalls>, plan: ReadPlan, milliseconds: number): Promise<void> {
  await reads.ask.start(plan);
  await wait(milliseconds);
  await reads.ask.finish();
}

function planOf({ stage }: Bench, tenant: Tenant): ReadPlan {
  return {
    origin: stage.deployment.process('api').url,
    apiKey: stage.deployment.apiKey,
    application: tenant.application,
    endpoints: tenant.endpoints.map(({ id }) => id),
    perSecond: READS_PER_SECOND,
    connections: CONNECTIONS,
  };
}

/** @throws Error when any read was refused: its time would be told with the others */
function figuresOf(found: ReadResult | undefined, seconds: number): Readonly<Record<string, number>> {
  if (found === undefined) throw new Error('the reads have no result');
  if (found.refused > 0)
    throw new Error(`${String(found.refused)} reads were refused; the first: ${found.firstRefusal ?? ''}`);
  const all = new Histogram();
  for (const times of Object.values(found.times)) all.add(Histogram.of(times));
  const p99 = (what: string, times: HistogramSnapshot) => [
    readsP99(what),
    percentiles(Histogram.of(times), 0)?.p99 ?? 0,
  ];
  return Object.fromEntries([
    [READS, all.total / seconds],
    p99(ALL_READS, all.snapshot()),
    ...Object.entries(found.times).map(([what, times]) => p99(what, times)),
  ]) as Readonly<Record<string, number>>;
}
