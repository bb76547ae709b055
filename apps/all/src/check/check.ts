import { setTimeout as wait } from 'node:timers/promises';
import { ENDPOINT_NAMES, type EndpointName } from '../demo/behaviours.js';
import type { DemoContext } from '../demo/context.js';
import { loadDialogues } from '../demo/dialogues.js';
import { readCounts } from '../demo/metrics-reader.js';
import { replay } from '../demo/replay.js';
import { ensureTenant, type EndpointAnswer, type Tenant } from '../demo/tenant.js';
import { projectRoot } from '../start/project-root.js';
import { Ledger } from './ledger.js';

const CONVERSATIONS = 10;
const PACE_MS = 15;
const ARRIVE_WITHIN_MS = 60_000;
const RECORD_WITHIN_MS = 30_000;
const SHOWN_FAULTS = 20;
/** Svix's MessageStatus: 0 is success. */
const SUCCESS = 0;

interface AttemptAnswer {
  readonly msgId: string;
  readonly status: number;
  readonly responseStatusCode: number;
}

/**
 * Sends a bounded number of conversations to an application of its own, and looks at every delivery: at the
 * receiver, and through the API. Resolves with what is missing, one sentence each; nothing when all is well.
 */
export async function check(context: DemoContext): Promise<readonly string[]> {
  const { narrator, api, signal } = context;
  const application = `check-${Date.now().toString(36)}`;
  const ledger = new Ledger();
  context.onArrival((arrival) => {
    if (arrival.application === application) ledger.arrived(arrival);
  });
  const tenant = await ensureTenant(context, application, 'Check of npm start');
  narrator.step(`application ${application} with its endpoints ${ENDPOINT_NAMES.join(', ')}`);
  const { source, dialogues } = loadDialogues(projectRoot);
  await replay({
    api,
    application,
    dialogues: dialogues.slice(0, CONVERSATIONS),
    from: { conversation: 0, event: 0 },
    paceMs: PACE_MS,
    run: application,
    signal,
    onSent: (event, id) => ledger.sent(event, id),
  });
  narrator.step(`${String(ledger.owedTo('quick').length)} events of conversations from ${source} accepted`);
  await settled(() => ledger.missing(), ARRIVE_WITHIN_MS, signal);
  const arrived = ledger.missing();
  narrator.step(`${String(ledger.deliveries)} deliveries owed, ${String(arrived.length)} not arrived as they should`);
  const seen = await settled(() => throughApi(context, tenant, ledger), RECORD_WITHIN_MS, signal);
  const faults = [...arrived, ...seen, ...(signal.aborted ? ['the check was interrupted'] : [])];
  if (faults.length <= SHOWN_FAULTS) return faults;
  return [...faults.slice(0, SHOWN_FAULTS), `and ${String(faults.length - SHOWN_FAULTS)} more`];
}

/** Asks again and again until nothing is missing or the time is over; what is missing then. */
async function settled(
  ask: () => readonly string[] | Promise<readonly string[]>,
  withinMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const missing = await ask();
    if (missing.length === 0 || signal.aborted || performance.now() > deadline) return missing;
    await wait(200);
  }
}

async function throughApi(context: DemoContext, tenant: Tenant, ledger: Ledger): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const name of ENDPOINT_NAMES.filter((each) => each !== 'gone')) {
    faults.push(...(await loggedFaults(context, tenant, ledger, name)));
  }
  return [...faults, ...(await goneFaults(context, tenant, ledger))];
}

async function attemptsOf({ api }: DemoContext, tenant: Tenant, name: EndpointName): Promise<readonly AttemptAnswer[]> {
  return api.all<AttemptAnswer>(`/api/v1/app/${tenant.application}/attempt/endpoint/${tenant.endpoints[name].id}`);
}

/** Each delivery's success can be read in the log, and each refusal too. */
async function loggedFaults(
  context: DemoContext,
  tenant: Tenant,
  ledger: Ledger,
  name: EndpointName,
): Promise<string[]> {
  const attempts = await attemptsOf(context, tenant, name);
  const succeeded = new Set(attempts.filter(({ status }) => status === SUCCESS).map(({ msgId }) => msgId));
  const absent = ledger.owedTo(name).filter((id) => !succeeded.has(id));
  const refusals = attempts.filter(({ responseStatusCode }) => responseStatusCode === 503).length;
  const refused = ledger.answered(name, 503);
  return [
    ...absent.map((id) => `${name}: the API shows no successful attempt of ${id}`),
    ...(refusals < refused
      ? [`${name}: the API shows ${String(refusals)} of ${String(refused)} refused attempts`]
      : []),
  ];
}

/** The first got its 410, the endpoint is switched off, and what came later waits without an attempt. */
async function goneFaults(context: DemoContext, tenant: Tenant, ledger: Ledger): Promise<readonly string[]> {
  const { api, roles } = context;
  const owed = ledger.owedTo('gone').length;
  const attempted = new Set((await attemptsOf(context, tenant, 'gone')).map(({ msgId }) => msgId)).size;
  const endpoint = await api.call<EndpointAnswer>('GET', `/api/v1/app/${tenant.application}/endpoint/gone`);
  const { parked } = await readCounts(roles().processes);
  return [
    ...(attempted === 0 ? ['gone: the API shows no attempt'] : []),
    ...(endpoint.disabled ? [] : ['gone: the API shows the endpoint as enabled after its 410']),
    ...(attempted + parked < owed
      ? [`gone: ${String(owed)} deliveries owed, ${String(attempted)} attempted, and only ${String(parked)} parked`]
      : []),
  ];
}
