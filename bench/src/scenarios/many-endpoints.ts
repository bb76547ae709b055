import { TOPICS } from '@signpost/contracts';
import type { Application, Endpoint } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import { Histogram } from '../measure/histogram.js';
import { applicationKnown, endpointKnown, forgotten } from '../stage/direct-writer.js';
import { restartAround } from '../stage/restart.js';
import { nextRun } from '../stage/run-number.js';
import { follow, settle } from './run.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, named, percentiles, type Summary } from './summary.js';
import { sendersOf, wayIn } from './ways-in.js';

export const MANY_ENDPOINTS = 'many-endpoints';
export const KNOWN = 'endpoints known';
export const ACTIVE = 'endpoints active';
const EACH = 10;
const BACKLOG_EVENTS = 200;
/** Those that know of every endpoint and have a share in a delivery. */
const KNOWING = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler'] as const;
const PATIENCE_MS = 300_000;

interface Known {
  readonly applications: readonly Application[];
  readonly endpoints: readonly Endpoint[];
  /** Applications and paths that have traffic. */
  readonly active: readonly string[];
  readonly paths: readonly string[];
}

/** Very many endpoints known, some of them active: what do the processes hold? */
export const manyEndpoints: Scenario = {
  name: MANY_ENDPOINTS,
  about: 'very many endpoints known, ten to each application, some of them active at full speed: memory',
  long: true,
  rounds: () => 1,
  // Nothing is made before its turn: the other scenarios are measured without so many endpoints.
  prepare: async (bench) => [{ name: MANY_ENDPOINTS, run: () => run(bench) }],
};

async function run(bench: Bench): Promise<Summary> {
  const { stage, tell } = bench;
  const known = makeKnown(bench);
  await restartAround(stage, KNOWING, () =>
    stage.writer.write(recordsOf(known), (written) => {
      tell(`making endpoints known: ${String(written)} records written`);
    }),
  );
  try {
    return await measure(bench, known);
  } finally {
    await restartAround(stage, KNOWING, () => stage.writer.write(tombstonesOf(known)));
  }
}

async function measure(bench: Bench, known: Known): Promise<Summary> {
  const { stage, flags, tell } = bench;
  const number = nextRun();
  const [application = ''] = known.active;
  const intake = { ...wayIn(stage, 'kafka', application), applications: known.active };
  const pace = { kind: 'full', senders: sendersOf('kafka'), backlog: BACKLOG_EVENTS } as const;
  await stage.receiver.ask.begin(number, Object.fromEntries(known.paths.map((path) => [path, { kind: 'quick' }])));
  await stage.load.ask.start(intake, { run: number, pace });
  await follow(stage, EACH, flags.warmSeconds, 'warming up', tell);
  await stage.receiver.ask.forgetTimes();
  const cpuBefore = stage.sampler.cpuSeconds();
  const from = await stage.receiver.ask.arrivals();
  const to = await follow(stage, EACH, flags.seconds, 'measuring', tell);
  const load = await stage.load.ask.finish(true);
  const expected = (load.sent - load.unacknowledged.length) * EACH;
  const end = await settle(stage, expected, tell);
  await stage.broker.caughtUp('recorder', [TOPICS.journal], PATIENCE_MS);
  const cpuAfter = stage.sampler.cpuSeconds();
  const total = await stage.receiver.ask.total();
  const thousands = Math.max(1, end.delivered - from.delivered) / 1_000;
  const cpuOf = (name: string, seconds: number) => (seconds - (cpuBefore.get(name) ?? 0)) / thousands;
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: (to.delivered - from.delivered) / ((to.atMicros - from.atMicros) / 1_000_000),
    ...named('arrivalMs', percentiles(Histogram.of(total.latency), 0)),
    cpuPer1000: Object.fromEntries([...cpuAfter].map(([name, seconds]) => [name, cpuOf(name, seconds)])),
    deliveries: total.delivered,
    repeats: total.repeats,
    lost: Math.max(0, expected - total.delivered),
    unacknowledged: load.unacknowledged.length,
    ...named('firstRefusal', load.firstRefusal),
    figures: { [KNOWN]: known.endpoints.length, [ACTIVE]: known.paths.length },
  });
}

function makeKnown({ stage, flags }: Bench): Known {
  const applications: Application[] = [];
  const endpoints: Endpoint[] = [];
  const active: string[] = [];
  const paths: string[] = [];
  for (let at = 0; endpoints.length < flags.known; at += 1) {
    const application = stage.writer.application(`many ${String(at)}`);
    applications.push(application);
    const isActive = endpoints.length < flags.active;
    if (isActive) active.push(application.id);
    for (let place = 0; place < EACH; place += 1) {
      const path = `/many/${String(endpoints.length)}`;
      if (isActive) paths.push(path);
      endpoints.push(stage.writer.endpoint(application, `http://127.0.0.1:${String(stage.ports.http)}${path}`));
    }
  }
  return { applications, endpoints, active, paths };
}

function* recordsOf({ applications, endpoints }: Known): Generator<OutgoingRecord> {
  for (const application of applications) yield applicationKnown(application);
  for (const endpoint of endpoints) yield endpointKnown(endpoint);
}

function* tombstonesOf({ applications, endpoints }: Known): Generator<OutgoingRecord> {
  for (const endpoint of endpoints) yield forgotten('endpoint', endpoint);
  for (const application of applications) yield forgotten('application', application);
}
