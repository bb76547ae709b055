import { setTimeout as wait } from 'node:timers/promises';
import { TOPICS } from '@signpost/contracts';
import type { Application, Endpoint } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import { until, type DeployedRole } from '@signpost/testing';
import { nowMicros } from '../measure/clock.js';
import { Histogram } from '../measure/histogram.js';
import { applicationKnown, deliveryOf, endpointKnown, messageOf } from '../stage/direct-writer.js';
import { metricOf } from '../stage/metric.js';
import { nextRun } from '../stage/run-number.js';
import { payloadTemplate, stampPayload } from '../wire/payload.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, named, percentiles, type Percentiles, type Summary } from './summary.js';

export const FLOOD = 'flood';
export const FLOODED = 'deliveries parked';
export const WRITES = 'one matcher writes, deliveries/s';
export const PARKS = 'the dispatcher reads and parks, deliveries/s';
export const DURING = 'a newcomer while the flood arrives';
export const AFTER = 'a newcomer once the flood is parked';
export const p99Of = (when: string): string => `${when}, p99 ms`;

const PAYLOAD_BYTES = 200;
const MADE = 'signpost_deliveries_made_total';
const PARKED = 'signpost_deliveries_parked_total';
/** Of the flood, what each process is measured with alone; the rest arrives while both work. */
const ALONE_SHARE = 0.4;
const NEWCOMERS_LONG = 200;
const NEWCOMERS_QUICK = 20;
const BETWEEN_MS = 250;
/** Asking a process for its metrics costs it a little: not before each newcomer, and now and then only. */
const ASK_EVERY = 8;
const ASK_EVERY_MS = 500;
const POLL_MS = 100;
const TIMEOUT_MS = 1_800_000;

interface Cast {
  /** Switched off by its owner, and sent very much. */
  readonly flooded: Endpoint;
  /** Each of an application of its own, in the partition of the flooded one. */
  readonly newcomers: readonly Endpoint[];
}

/** One application floods an endpoint that is switched off: what does a newcomer behind it in the partition notice? */
export const flood: Scenario = {
  name: FLOOD,
  about: 'a flood for an endpoint that is switched off: how fast it is parked, and when a newcomer behind it is served',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => [{ name: FLOOD, run: () => run(bench) }],
};

async function run(bench: Bench): Promise<Summary> {
  const { stage, flags, tell } = bench;
  const each = flags.quick ? NEWCOMERS_QUICK : NEWCOMERS_LONG;
  const cast = await assemble(bench, 2 * each);
  const alone = Math.ceil(flags.flood * ALONE_SHARE);
  await stopped(bench, ['dispatcher', 'subscription-matcher', 'recorder'], () => fill(bench, cast, alone));
  const writes = await measureAlone(bench, 'subscription-matcher', MADE, alone);
  const parks = await measureAlone(bench, 'dispatcher', PARKED, alone);
  await stage.deployment.process('recorder').restart();
  await logWritten(bench);
  const parkedBefore = await metricOf(stage, 'dispatcher', PARKED);
  const rest = flags.flood - alone;
  await stopped(bench, ['subscription-matcher'], () => fill(bench, cast, rest));
  stage.sampler.beginPeaks();
  await stage.deployment.process('subscription-matcher').restart();
  const parked = async () => (await metricOf(stage, 'dispatcher', PARKED)) - parkedBefore;
  const during = await sendNewcomers(bench, cast.newcomers.slice(0, each), async () => (await parked()) >= rest);
  await until(
    async () => {
      const now = await parked();
      tell(`parking: ${String(now)} of ${String(rest)} deliveries`);
      return now >= rest;
    },
    { timeoutMs: TIMEOUT_MS, what: 'the flood to be parked', everyMs: ASK_EVERY_MS },
  );
  await logWritten(bench);
  const after = await sendNewcomers(bench, cast.newcomers.slice(each), async () => false);
  return summaryOf(bench, { writes, parks, during, after });
}

function logWritten({ stage, tell }: Bench): Promise<void> {
  return stage.broker.caughtUp('recorder', [TOPICS.messages, TOPICS.journal], TIMEOUT_MS, (lag) => {
    tell(`waiting for the log: ${String(lag)} records to be written down`);
  });
}

interface Served {
  readonly sent: number;
  readonly delivered: number;
  readonly repeats: number;
  readonly delay: Percentiles | undefined;
}

interface Found {
  readonly writes: number;
  readonly parks: number;
  readonly during: Served;
  readonly after: Served;
}

function summaryOf({ stage, flags }: Bench, { writes, parks, during, after }: Found): Summary {
  const delays = (when: string, { delay, sent }: Served) =>
    delay === undefined
      ? {}
      : {
          [`${when}, p50 ms`]: delay.p50,
          [p99Of(when)]: delay.p99,
          [`${when}, longest ms (of ${String(sent)})`]: delay.most,
        };
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: Number.NaN,
    ...named('arrivalMs', after.delay),
    deliveries: during.delivered + after.delivered,
    repeats: during.repeats + after.repeats,
    lost: during.sent + after.sent - during.delivered - after.delivered,
    figures: {
      [FLOODED]: flags.flood,
      [WRITES]: writes,
      [PARKS]: parks,
      ...delays(DURING, during),
      ...delays(AFTER, after),
    },
  });
}

async function assemble({ stage }: Bench, count: number): Promise<Cast> {
  const applications: Application[] = [];
  const application = (name: string) => {
    const made = stage.writer.application(name);
    applications.push(made);
    return made;
  };
  const urlOf = (path: string) => `http://127.0.0.1:${String(stage.ports.http)}${path}`;
  const flooded = stage.writer.endpoint(application('flooded'), urlOf('/flooded'), { disabled: true });
  const partition = stage.writer.partitionOf(flooded.id);
  const newcomers = Array.from({ length: count }, (_, at) => {
    const path = `/newcomer/${String(at)}`;
    return stage.writer.endpoint(application(path), urlOf(path), { partition });
  });
  await stage.writer.write([...applications.map(applicationKnown), ...[flooded, ...newcomers].map(endpointKnown)]);
  return { flooded, newcomers };
}

/** Stops these, and leaves them stopped. */
async function stopped({ stage }: Bench, roles: readonly DeployedRole[], then: () => Promise<void>): Promise<void> {
  await Promise.all(roles.map((role) => stage.deployment.process(role).stop()));
  await then();
}

async function fill({ stage, tell }: Bench, { flooded }: Cast, events: number): Promise<void> {
  const payload = payloadTemplate(PAYLOAD_BYTES);
  function* messages(): Generator<OutgoingRecord> {
    for (let at = 0; at < events; at += 1) yield messageOf(flooded.applicationId, payload);
  }
  await stage.writer.write(messages(), (written) => {
    tell(`filling the topic: ${String(written)} of ${String(events)} messages`);
  });
}

/** Starts a role before its full topic; how many a second it gets done between the first tenth and the last. */
async function measureAlone(
  { stage, tell }: Bench,
  role: DeployedRole,
  metric: string,
  expected: number,
): Promise<number> {
  await stage.deployment.process(role).restart();
  const reach = async (count: number) => {
    let done = 0;
    await until(
      async () => {
        done = await metricOf(stage, role, metric);
        tell(`${role} alone: ${String(done)} of ${String(expected)}`);
        return done >= count;
      },
      { timeoutMs: TIMEOUT_MS, what: `${role} to do ${String(count)} of ${String(expected)}`, everyMs: ASK_EVERY_MS },
    );
    return { done, atMicros: nowMicros() };
  };
  const from = await reach(expected * 0.1);
  const to = await reach(expected * 0.9);
  await reach(expected);
  return ((to.done - from.done) / (to.atMicros - from.atMicros)) * 1_000_000;
}

/** One delivery to each newcomer, its first, one after another until all are sent or the time for it is over. */
async function sendNewcomers(
  { stage, tell }: Bench,
  newcomers: readonly Endpoint[],
  over: () => Promise<boolean>,
): Promise<Served> {
  const number = nextRun();
  const paths = newcomers.map(({ url }) => new URL(url).pathname);
  await stage.receiver.ask.begin(number, Object.fromEntries(paths.map((path) => [path, { kind: 'quick' }])));
  let sent = 0;
  for (const newcomer of newcomers) {
    if (sent % ASK_EVERY === 0 && (await over())) break;
    const payload = payloadTemplate(PAYLOAD_BYTES);
    stampPayload(payload, 0, { atMicros: nowMicros(), run: number, sequence: 0 });
    await stage.writer.write([deliveryOf(newcomer, payload)]);
    sent += 1;
    tell(`newcomers: ${String(sent)} of ${String(newcomers.length)}`);
    await wait(BETWEEN_MS);
  }
  await until(async () => (await stage.receiver.ask.arrivals()).delivered >= sent, {
    timeoutMs: TIMEOUT_MS,
    what: 'the newcomers to be served',
    everyMs: POLL_MS,
  });
  const { delivered, repeats, latency } = await stage.receiver.ask.total();
  return { sent, delivered, repeats, delay: percentiles(Histogram.of(latency), 0) };
}
