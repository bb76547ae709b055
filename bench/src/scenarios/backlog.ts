import { setTimeout as wait } from 'node:timers/promises';
import { TOPICS } from '@signpost/contracts';
import type { EndpointId, ApplicationId } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import { nowMicros } from '../measure/clock.js';
import { growthOf } from '../measure/growth.js';
import { deliveryOf } from '../stage/direct-writer.js';
import { restartAround } from '../stage/restart.js';
import { nextRun } from '../stage/run-number.js';
import { createTenant, type Tenant } from '../stage/tenant.js';
import { payloadTemplate, stampPayload } from '../wire/payload.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';

export const BACKLOG = 'backlog';
export const WAITED = 'deliveries waiting';
export const FIRST_QUARTER = 'memory of the dispatcher in the first quarter, MB';
export const LAST_QUARTER = 'memory of the dispatcher in the last quarter, MB';

const ENDPOINTS = 10;
/** So small that very many fit on a disk. */
const PAYLOAD_BYTES = 200;
const SAMPLE_MS = 500;
const PATIENCE_MS = 60_000;
const RECORDER_PATIENCE_MS = 900_000;

/** The dispatcher finds very many deliveries waiting: does what it holds grow while it works them off? */
export const backlog: Scenario = {
  name: BACKLOG,
  about: 'the dispatcher finds millions of small deliveries waiting for ten endpoints: its memory over time',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => {
    const tenant = await createTenant(bench.stage, BACKLOG, ENDPOINTS);
    return [{ name: BACKLOG, run: () => run(bench, tenant) }];
  },
};

async function run(bench: Bench, tenant: Tenant): Promise<Summary> {
  const { stage, flags, tell } = bench;
  const events = Math.ceil(flags.backlog / ENDPOINTS);
  const expected = events * ENDPOINTS;
  const number = nextRun();
  const behaviours = Object.fromEntries(tenant.endpoints.map(({ path }) => [path, { kind: 'quick' } as const]));
  await stage.receiver.ask.begin(number, behaviours);
  await restartAround(stage, ['dispatcher'], () =>
    stage.writer.write(deliveriesOf(tenant, number, events), (written) => {
      tell(`filling the topic: ${String(written)} of ${String(expected)} deliveries`);
    }),
  );
  const cpuBefore = stage.sampler.cpuSeconds().get('dispatcher') ?? Number.NaN;
  const { samples, delivered, from, to } = await watchMemory(bench, expected);
  const cpuSeconds = (stage.sampler.cpuSeconds().get('dispatcher') ?? Number.NaN) - cpuBefore;
  const peaks = stage.sampler.peaks();
  await stage.broker.caughtUp('recorder', [TOPICS.journal], RECORDER_PATIENCE_MS, (lag) => {
    tell(`waiting for the log: ${String(lag)} facts to be written down`);
  });
  const { repeats } = await stage.receiver.ask.total();
  const { first, last } = growthOf(samples);
  return countedApart(peaks, {
    deliveriesPerSecond: (to.delivered - from.delivered) / ((to.atMicros - from.atMicros) / 1_000_000),
    cpuPer1000: { dispatcher: (cpuSeconds / (to.delivered - from.delivered)) * 1_000 },
    deliveries: delivered,
    repeats,
    lost: expected - delivered,
    figures: { [WAITED]: expected, [FIRST_QUARTER]: first / 1_000_000, [LAST_QUARTER]: last / 1_000_000 },
  });
}

/** What the dispatcher holds, at even steps from the first arrival to the last. */
async function watchMemory({ stage, tell }: Bench, expected: number) {
  const samples: number[] = [];
  const from = await stage.receiver.ask.arrivals();
  let last = from;
  let changedAt = performance.now();
  while (last.delivered < expected && performance.now() - changedAt < PATIENCE_MS) {
    const now = await stage.receiver.ask.arrivals();
    if (now.delivered > last.delivered) changedAt = performance.now();
    if (now.delivered > 0) samples.push(stage.sampler.memoryBytes('dispatcher'));
    last = now;
    tell(`emptying the topic: ${String(now.delivered)} of ${String(expected)} deliveries arrived`);
    await wait(SAMPLE_MS);
  }
  return { samples, delivered: last.delivered, from, to: last };
}

function* deliveriesOf(tenant: Tenant, run: number, events: number): Generator<OutgoingRecord> {
  const template = payloadTemplate(PAYLOAD_BYTES);
  const owed = tenant.endpoints.map(({ id }) => ({
    id: id as EndpointId,
    applicationId: tenant.application as ApplicationId,
    version: 0,
  }));
  for (let sequence = 0; sequence < events; sequence += 1) {
    const payload = Buffer.from(template);
    stampPayload(payload, 0, { atMicros: nowMicros(), run, sequence });
    for (const endpoint of owed) yield deliveryOf(endpoint, payload);
  }
}
