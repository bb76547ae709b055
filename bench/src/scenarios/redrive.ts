import { setTimeout as wait } from 'node:timers/promises';
import type { RecoveryOut, RecoveryPreviewOut } from '@signpost/contracts';
import type { ApplicationId, EndpointId } from '@signpost/domain';
import { fillDeadLetters } from '../log/dead-letters.js';
import { median } from '../measure/median.js';
import { nextRun } from '../stage/run-number.js';
import { createTenant, type Tenant } from '../stage/tenant.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';

export const REDRIVE = 'redrive';
export const DEAD_LETTERS = 'dead letters';
export const PLANNED_SLOWEST = 'slowest dry run over all of them, s';
export const RATE_TO_CAP = 'handed over a second ÷ the cap';
const PLANNED = 'dry run over all of them, median s';
const ENDPOINTS = 10;
const DRY_RUNS = 5;
const POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** How fast a re-drive over very many dead letters is planned, and how closely it keeps to its cap. */
export const redrive: Scenario = {
  name: REDRIVE,
  about: 'a re-drive: its dry run over very many dead letters (--dead-letters), then at a cap (--redrive-rate)',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => [{ name: REDRIVE, run: () => run(bench) }],
};

async function run(bench: Bench): Promise<Summary> {
  const { stage, flags, tell } = bench;
  const tenant = await createTenant(stage, REDRIVE, ENDPOINTS);
  const number = nextRun();
  const whole = Math.min(flags.deadLetters, flags.redriveRate * flags.seconds);
  await stage.receiver.ask.begin(
    number,
    Object.fromEntries(tenant.endpoints.map(({ path }) => [path, { kind: 'quick' }])),
  );
  const plan = {
    application: tenant.application as ApplicationId,
    endpoints: tenant.endpoints.map(({ id }) => id as EndpointId),
    count: flags.deadLetters,
    whole,
    run: number,
  };
  const fromMs = await fillDeadLetters(stage.postgres.url, plan, tell);
  stage.sampler.beginPeaks();
  const planned = await dryRuns(bench, tenant, flags.deadLetters);
  const rate = await redriven(bench, tenant, fromMs, whole);
  const { delivered, repeats } = await stage.receiver.ask.total();
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: rate,
    deliveries: delivered,
    repeats,
    lost: whole - delivered,
    figures: {
      [DEAD_LETTERS]: flags.deadLetters,
      [PLANNED]: median(planned),
      [PLANNED_SLOWEST]: Math.max(...planned),
      'cap, a second': flags.redriveRate,
      'handed over a second': rate,
      [RATE_TO_CAP]: rate / flags.redriveRate,
    },
  });
}

/** Seconds of each. */
async function dryRuns({ stage, tell }: Bench, { application }: Tenant, count: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let at = 0; at < DRY_RUNS; at += 1) {
    tell(`dry run ${String(at + 1)} of ${String(DRY_RUNS)}`);
    const beganAt = performance.now();
    const body = { kind: 'redrive', select: { appId: application }, dryRun: true };
    const plan = await stage.deployment.call<RecoveryPreviewOut>('POST', '/api/v1/recovery', body);
    seconds.push((performance.now() - beganAt) / 1_000);
    if (plan.count !== count) throw new Error(`the dry run counts ${String(plan.count)} of ${String(count)}`);
  }
  return seconds;
}

/** Handed over a second, from the first look at which any had been to the last. */
async function redriven({ stage, flags, tell }: Bench, tenant: Tenant, fromMs: number, whole: number): Promise<number> {
  const { id } = await stage.deployment.call<RecoveryOut>('POST', '/api/v1/recovery', {
    kind: 'redrive',
    select: { endpointId: tenant.endpoints[0]?.id, since: new Date(fromMs).toISOString() },
    perSecond: flags.redriveRate,
    why: 'the benchmark',
  });
  const looks: { readonly done: number; readonly atMs: number }[] = [];
  let recovery: RecoveryOut | undefined;
  do {
    await wait(POLL_MS);
    recovery = await stage.deployment.call<RecoveryOut>('GET', `/api/v1/recovery/${id}`);
    looks.push({ done: recovery.done, atMs: performance.now() });
    tell(`handed over: ${String(recovery.done)} of ${String(whole)}`);
  } while (recovery.status === 'running');
  if (recovery.status !== 'finished' || recovery.done !== whole)
    throw new Error(`it ended as ${JSON.stringify(recovery)}`);
  await arrived(stage, whole);
  const first = looks.find(({ done }) => done > 0);
  const last = looks.find(({ done }) => done === whole);
  if (first === undefined || last === undefined || last === first) return Number.NaN;
  return ((last.done - first.done) / (last.atMs - first.atMs)) * 1_000;
}

async function arrived(stage: Bench['stage'], expected: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while ((await stage.receiver.ask.arrivals()).delivered < expected && performance.now() < until) await wait(POLL_MS);
}
