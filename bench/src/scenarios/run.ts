import { setTimeout as wait } from 'node:timers/promises';
import type { IntakePlan } from '../load/intake.js';
import type { LoadResult, Pace } from '../load/generator.js';
import { nowMicros } from '../measure/clock.js';
import type { Behaviour } from '../receiver/behaviour.js';
import type { Arrivals, ReceiverStats } from '../receiver/receiver.js';
import type { DeliveryLogView } from '../stage/delivery-log.js';
import { nextRun } from '../stage/run-number.js';
import type { Stage } from '../stage/stage.js';
import type { Tenant } from '../stage/tenant.js';

export interface RunPlan {
  readonly tenant: Tenant;
  readonly intake: IntakePlan;
  readonly pace: Pace;
  /** Measured; `warmSeconds` go before, unmeasured. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** Of the endpoint at that place; others are quick. */
  readonly behaviours?: ReadonlyMap<number, Behaviour>;
  /** Runs beside the measured time, at whose end `over` is aborted. */
  readonly beside?: (over: AbortSignal) => Promise<void>;
  /** Done when load ends, so that what a fault held back can arrive. */
  readonly heal?: () => Promise<void>;
}

/** What one run found, before it is summed up. */
export interface Run {
  /** Deliveries that arrived in the measured time. */
  readonly arrived: number;
  readonly seconds: number;
  /** All deliveries from the beginning of the measured time until everything was delivered and written down. */
  readonly settled: number;
  /** Processor seconds of each process in that time. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
  readonly peakBytes: ReadonlyMap<string, number>;
  readonly load: LoadResult;
  readonly receiver: ReceiverStats;
  /** Acknowledged and never delivered, over all endpoints. */
  readonly lost: number;
  /** Attempts that were made and not written down. */
  readonly unrecorded: number;
}

const POLL_MS = 50;
/** At a fixed rate, what cold processes fell behind by is caught up with before anything is measured; no longer than this. */
const CATCH_UP_SECONDS = 30;
/** Seconds' worth of deliveries that may be on their way. */
const ON_THEIR_WAY = 0.1;
/** Without any arrival for so long, what is missing is lost. */
const PATIENCE_MS = 90_000;

/** Sends by plan, measures, then waits until every delivery has arrived and every attempt is written down. */
export async function runLoad(
  stage: Stage,
  log: DeliveryLogView,
  plan: RunPlan,
  tell: (progress: string) => void,
): Promise<Run> {
  const { application, endpoints } = plan.tenant;
  const run = nextRun();
  const recordedBefore = await log.attempts(application);
  await stage.receiver.ask.begin(run, behavioursOf(plan));
  stage.sampler.beginPeaks();
  await stage.load.ask.start(plan.intake, { run, pace: plan.pace });
  await warmUp(stage, plan, tell);
  await Promise.all([stage.receiver.ask.forgetTimes(), stage.load.ask.forgetTimes()]);
  const cpuBefore = stage.sampler.cpuSeconds();
  const from = await stage.receiver.ask.arrivals();
  const over = new AbortController();
  const beside = plan.beside?.(over.signal);
  // Awaited below.
  beside?.catch(() => undefined);
  const to = await follow(stage, endpoints.length, plan.seconds, 'measuring', tell);
  stage.measured.push({ fromMicros: from.atMicros, toMicros: to.atMicros });
  // The receiver tells the latencies of what arrived in the measured time, not of the way down.
  const measured = await stage.receiver.ask.stats();
  const load = await stage.load.ask.finish(true);
  over.abort();
  await beside;
  await plan.heal?.();
  const expected = (load.sent - load.unacknowledged.length) * endpoints.length;
  const end = await settle(stage, expected, tell);
  const receiver = await stage.receiver.ask.stats();
  const attempts = Object.values(receiver.paths).reduce((sum, { requests }) => sum + requests, 0);
  const recorded = await writtenDown(log, application, recordedBefore + attempts, tell);
  const cpuAfter = stage.sampler.cpuSeconds();
  return {
    arrived: to.delivered - from.delivered,
    seconds: (to.atMicros - from.atMicros) / 1_000_000,
    settled: end.delivered - from.delivered,
    cpuSeconds: difference(cpuAfter, cpuBefore),
    peakBytes: stage.sampler.peaks(),
    load,
    receiver: withTimesOf(measured, receiver),
    lost: await lostOf(stage, plan, load),
    unrecorded: Math.max(0, recordedBefore + attempts - recorded),
  };
}

async function warmUp(stage: Stage, plan: RunPlan, tell: (progress: string) => void): Promise<void> {
  const fanOut = plan.tenant.endpoints.length;
  await follow(stage, fanOut, plan.warmSeconds, 'warming up', tell);
  if (plan.pace.kind !== 'rate') return;
  const most = plan.pace.perSecond * fanOut * ON_THEIR_WAY;
  for (let second = 0; second < CATCH_UP_SECONDS; second += 1) {
    const { delivered } = await stage.receiver.ask.arrivals();
    const sent = await stage.load.ask.arrived(Math.floor(delivered / fanOut));
    if (sent * fanOut - delivered <= most) return;
    await follow(stage, fanOut, 1, 'catching up', tell);
  }
}

/** Retries come long after their message: the times of returning are told over the whole run. */
function withTimesOf(measured: ReceiverStats, whole: ReceiverStats): ReceiverStats {
  const paths = Object.entries(whole.paths).map(([path, stats]) => {
    const latency = measured.paths[path]?.latency ?? stats.latency;
    return [path, { ...stats, latency }] as const;
  });
  return { strays: whole.strays, paths: Object.fromEntries(paths) };
}

function behavioursOf({ tenant, behaviours }: RunPlan): Readonly<Record<string, Behaviour>> {
  return Object.fromEntries(
    tenant.endpoints.map(({ path }, at) => [path, behaviours?.get(at) ?? ({ kind: 'quick' } as const)]),
  );
}

/** Tells the generator what arrives, for so many seconds. */
export async function follow(
  stage: Stage,
  fanOut: number,
  seconds: number,
  what: string,
  tell: (progress: string) => void,
): Promise<Arrivals> {
  const end = nowMicros() + seconds * 1_000_000;
  for (;;) {
    const arrivals = await stage.receiver.ask.arrivals();
    const sent = await stage.load.ask.arrived(Math.floor(arrivals.delivered / fanOut));
    tell(`${what}: ${String(sent)} events sent, ${String(arrivals.delivered)} deliveries arrived`);
    if (nowMicros() >= end) return arrivals;
    await wait(POLL_MS);
  }
}

/** Returns once as many have arrived as should, or nothing has arrived for too long. */
export async function settle(stage: Stage, expected: number, tell: (progress: string) => void): Promise<Arrivals> {
  let last = await stage.receiver.ask.arrivals();
  let lastChange = performance.now();
  while (last.delivered < expected && performance.now() - lastChange < PATIENCE_MS) {
    await wait(POLL_MS);
    const now = await stage.receiver.ask.arrivals();
    if (now.delivered > last.delivered) lastChange = performance.now();
    last = now;
    tell(`waiting for the rest: ${String(now.delivered)} of ${String(expected)} deliveries arrived`);
  }
  return last;
}

async function writtenDown(
  log: DeliveryLogView,
  application: string,
  expected: number,
  tell: (progress: string) => void,
): Promise<number> {
  let recorded = await log.attempts(application);
  let lastChange = performance.now();
  while (recorded < expected && performance.now() - lastChange < PATIENCE_MS) {
    tell(`waiting for the log: ${String(recorded)} of ${String(expected)} attempts written down`);
    await wait(4 * POLL_MS);
    const now = await log.attempts(application);
    if (now > recorded) lastChange = performance.now();
    recorded = now;
  }
  return recorded;
}

async function lostOf(stage: Stage, { tenant }: RunPlan, load: LoadResult): Promise<number> {
  const unsure = new Set(load.unacknowledged);
  let lost = 0;
  for (const { path } of tenant.endpoints) {
    const missing = await stage.receiver.ask.missing(path, load.sent);
    lost += missing.filter((sequence) => !unsure.has(sequence)).length;
  }
  return lost;
}

function difference(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}
