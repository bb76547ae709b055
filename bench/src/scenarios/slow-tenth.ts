import { setTimeout as wait } from 'node:timers/promises';
import { TOPICS } from '@signpost/contracts';
import { findFreePort } from '@signpost/testing';
import { AdvanceWatch, type Advance } from '../measure/advance-watch.js';
import type { Behaviour } from '../receiver/behaviour.js';
import { createTenant, moveEndpoint, urlOf, type Tenant } from '../stage/tenant.js';
import { faultOf, type Fault, type FaultName } from './faults.js';
import { runLoad } from './run.js';
import type { Bench, Scenario, Turn } from './scenario.js';
import { summarise } from './summary.js';
import { wayIn } from './ways-in.js';

export const SLOW_TENTH = 'slow-tenth';
export const SLOW_TENTH_LONG = 'slow-tenth-long';
export const STILL = 'partitions whose committed offset stood still';
export const LONGEST_STAND = 'longest stand of a committed offset, s';

const ENDPOINTS = 10;
const TENTH = ENDPOINTS - 1;
const QUICK: Behaviour = { kind: 'quick' };
/**
 * In the measured minute that of the default schedule: a second attempt after 5 s, and no third. Then short waits, so that
 * what failed arrives soon after the fault.
 */
const SCHEDULE = [5, ...Array.from({ length: 20 }, () => 60)];
/** The fault begins with the measured time: what goes before only warms code and connections up. */
const WARM_SECONDS = 10;
const LOOK_MS = 1_000;

interface Plan {
  readonly scenario: string;
  readonly rate: number;
  readonly fault: FaultName;
  readonly seconds: number;
}

/** Ten endpoints at one rate, without and with a fault at the tenth: what do the other nine notice? */
export const slowTenth: Scenario = {
  name: SLOW_TENTH,
  about: 'one event to ten endpoints at a fixed rate, without and with a fault at the tenth: times of the other nine',
  rounds: ({ pairs }) => pairs,
  prepare: (bench) =>
    pairsOf(
      bench,
      bench.flags.faultRates.flatMap((rate) =>
        bench.flags.faults.map((fault) => ({
          scenario: SLOW_TENTH,
          rate,
          fault,
          seconds: bench.flags.faultSeconds,
        })),
      ),
    ),
};

/** The same once, for long: what builds up behind an endpoint that answers after 10 s? */
export const slowTenthLong: Scenario = {
  name: SLOW_TENTH_LONG,
  about: 'as slow-tenth, once, for five minutes with the tenth answering after 10 s',
  long: true,
  rounds: () => 1,
  prepare: (bench) =>
    pairsOf(
      bench,
      bench.flags.faultRates.map((rate) => ({
        scenario: SLOW_TENTH_LONG,
        rate,
        fault: 'slow',
        seconds: bench.flags.longFaultSeconds,
      })),
    ),
};

/** The pair's names, so that the report can set them side by side. */
export function turnName(scenario: string, fault: FaultName, rate: number, broken: boolean): string {
  return `${scenario}, ${String(rate)}/s each, ${broken ? 'with' : 'without'} ${fault}`;
}

async function pairsOf(bench: Bench, plans: readonly Plan[]): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (const plan of plans) {
    const { scenario, fault, rate } = plan;
    const tenant = await createTenant(bench.stage, `${scenario}-${fault}-${String(rate)}`, ENDPOINTS, SCHEDULE);
    turns.push(turn(bench, tenant, plan, false), turn(bench, tenant, plan, true));
  }
  return turns;
}

function turn(bench: Bench, tenant: Tenant, plan: Plan, broken: boolean): Turn {
  const { stage, log, tell, flags } = bench;
  const fault = faultOf(plan.fault);
  const run = async () => {
    const watch = new AdvanceWatch();
    const result = await runLoad(
      stage,
      log,
      {
        tenant,
        intake: wayIn(stage, 'kafka', tenant.application),
        pace: { kind: 'rate', perSecond: plan.rate },
        seconds: plan.seconds,
        warmSeconds: flags.quick ? flags.warmSeconds : WARM_SECONDS,
        beside: async (over) => {
          if (broken) await begin(bench, tenant, fault);
          await watchOffsets(bench, watch, over);
        },
        heal: () => (broken ? end(bench, tenant, fault) : Promise.resolve()),
      },
      tell,
    );
    const nine = tenant.endpoints.slice(0, TENTH).map(({ path }) => path);
    return { ...summarise(result, nine), figures: figuresOf(watch.advance()) };
  };
  return { name: turnName(plan.scenario, plan.fault, plan.rate, broken), run };
}

function figuresOf({ still, longestStandMs }: Advance): Readonly<Record<string, number>> {
  return { [STILL]: still, [LONGEST_STAND]: longestStandMs / 1_000 };
}

/** Without and with a fault alike, since looking costs the broker a little too. */
async function watchOffsets({ stage }: Bench, watch: AdvanceWatch, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const positions = await stage.broker.positions('dispatcher', [TOPICS.deliveries, TOPICS.returning]);
    watch.look(positions, performance.now());
    await wait(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

async function begin({ stage }: Bench, tenant: Tenant, fault: Fault): Promise<void> {
  const tenth = tenant.endpoints[TENTH];
  if (tenth === undefined) return;
  if (fault.kind === 'behaviour') {
    await stage.receiver.ask.behave(tenth.path, fault.behaviour);
    return;
  }
  const url =
    fault.to === 'silent-tls'
      ? `https://127.0.0.1:${String(stage.ports.silent)}${tenth.path}`
      : `http://127.0.0.1:${String(await findFreePort())}${tenth.path}`;
  await moveEndpoint(stage, tenant, tenth, url);
}

async function end({ stage }: Bench, tenant: Tenant, fault: Fault): Promise<void> {
  const tenth = tenant.endpoints[TENTH];
  if (tenth === undefined) return;
  await stage.receiver.ask.behave(tenth.path, QUICK);
  if (fault.kind === 'elsewhere') await moveEndpoint(stage, tenant, tenth, urlOf(stage, tenth.path));
}
