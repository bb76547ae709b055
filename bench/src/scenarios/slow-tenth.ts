import { findFreePort } from '@signpost/testing';
import type { Behaviour } from '../receiver/behaviour.js';
import { createTenant, moveEndpoint, urlOf, type Tenant } from '../stage/tenant.js';
import { faultOf, type Fault, type FaultName } from './faults.js';
import { runLoad } from './run.js';
import type { Bench, Scenario, Turn } from './scenario.js';
import { summarise } from './summary.js';
import { wayIn } from './ways-in.js';

const NAME = 'slow-tenth';
const ENDPOINTS = 10;
const TENTH = ENDPOINTS - 1;
const QUICK: Behaviour = { kind: 'quick' };
/** Short waits, so that what failed can arrive after the fault. */
const SCHEDULE = [1, 5, 5, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10];

/** Ten endpoints at one rate, without and with a fault at the tenth: what do the other nine notice? */
export const slowTenth: Scenario = {
  name: NAME,
  about: 'one event to ten endpoints at a fixed rate, without and with a fault at the tenth: times of the other nine',
  prepare: async (bench) => {
    const turns: Turn[] = [];
    for (const rate of bench.flags.faultRates) {
      for (const fault of bench.flags.faults) {
        const tenant = await createTenant(bench.stage, `${NAME}-${fault}-${String(rate)}`, ENDPOINTS, SCHEDULE);
        turns.push(turn(bench, tenant, rate, fault, false), turn(bench, tenant, rate, fault, true));
      }
    }
    return turns;
  },
};

/** The pair's names, so that the report can set them side by side. */
export function turnName(fault: FaultName, rate: number, broken: boolean): string {
  return `${NAME}, ${String(rate)}/s each, ${broken ? 'with' : 'without'} ${fault}`;
}

function turn(bench: Bench, tenant: Tenant, rate: number, name: FaultName, broken: boolean): Turn {
  const { stage, log, flags, tell } = bench;
  const fault = faultOf(name);
  const run = async () => {
    const behaviour = broken && fault.kind === 'behaviour' ? fault.behaviour : QUICK;
    if (broken) await begin(bench, tenant, fault);
    const result = await runLoad(
      stage,
      log,
      {
        tenant,
        intake: wayIn(stage, 'kafka', tenant.application),
        pace: { kind: 'rate', perSecond: rate },
        seconds: flags.seconds,
        warmSeconds: flags.warmSeconds,
        behaviours: new Map([[TENTH, behaviour]]),
        heal: () => (broken ? end(bench, tenant, fault) : Promise.resolve()),
      },
      tell,
    );
    const nine = tenant.endpoints.slice(0, TENTH).map(({ path }) => path);
    return summarise(result, nine);
  };
  return { name: turnName(name, rate, broken), run };
}

async function begin({ stage }: Bench, tenant: Tenant, fault: Fault): Promise<void> {
  const tenth = tenant.endpoints[TENTH];
  if (fault.kind === 'behaviour' || tenth === undefined) return;
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
