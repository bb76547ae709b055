import { setTimeout as wait } from 'node:timers/promises';
import { messageHeaders, messageKey, TOPICS } from '@signpost/contracts';
import { newId, type Application, type Endpoint } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import { nowMicros } from '../measure/clock.js';
import { applicationKnown, endpointKnown, forgotten } from '../stage/direct-writer.js';
import { metricOf } from '../stage/metric.js';
import { restartAround } from '../stage/restart.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';

export const MATCHER_ALONE = 'matcher-alone';
/** What is a rate of deliveries elsewhere is one of messages here: each becomes one delivery. */
export const MATCHED = 'messages matched a second';
export const ENDPOINTS_KNOWN = 'endpoints of the matcher';

const TURNS = { types: `${MATCHER_ALONE}, types only`, filters: `${MATCHER_ALONE}, JSON filters` } as const;
type Ask = keyof typeof TURNS;
export const matcherTurn = (ask: Ask): string => TURNS[ask];

const COUNTED = 'signpost_messages_matched_total';
const EACH = 10;
const POLL_MS = 25;
const PATIENCE_MS = 600_000;
/** Of all: its code is warm by then, and the end with its half-full batches is not measured. */
const FROM = 0.3;
const TO = 0.95;
const TYPE = 'response.sent';

/**
 * The matcher with its topic already full: it is stopped, messages are written, it starts. Each message is for one of its
 * application's ten endpoints: by its type, of which each endpoint asks for one; or by what it holds, which all ten have to
 * look at.
 */
export const matcherAlone: Scenario = {
  name: MATCHER_ALONE,
  about:
    'the matcher with its topic already full, ten endpoints to each application: messages/s, by types and by content',
  long: true,
  // Nothing is made before its turn: the other scenarios are measured without so many endpoints.
  prepare: async (bench) =>
    (['types', 'filters'] as const).map((ask) => ({ name: matcherTurn(ask), run: () => run(bench, ask) })),
};

interface Known {
  readonly applications: readonly Application[];
  readonly endpoints: readonly Endpoint[];
}

async function run(bench: Bench, ask: Ask): Promise<Summary> {
  const { stage, flags, tell } = bench;
  const known = makeKnown(bench, ask);
  const matcher = stage.deployment.process('subscription-matcher');
  const messages = flags.quick ? 20_000 : 600_000;
  const summaries: Summary[] = [];
  // They would send what is made, and write it down; once the endpoints are forgotten it is cancelled.
  await restartAround(stage, ['dispatcher', 'recorder'], async () => {
    await matcher.stop();
    await stage.writer.write(recordsOf(known));
    await stage.writer.write(messagesOf(known, ask, messages), (written) => {
      tell(`filling the topic: ${String(written)} of ${String(messages)} messages`);
    });
    stage.sampler.beginPeaks();
    await matcher.spawn();
    summaries.push(await measured(bench, known, messages));
    await stage.writer.write(tombstonesOf(known));
  });
  return summaries[0] ?? countedApart(new Map(), {});
}

async function measured(bench: Bench, known: Known, messages: number): Promise<Summary> {
  const { stage } = bench;
  const from = await reach(bench, messages * FROM, messages);
  const to = await reach(bench, messages * TO, messages);
  await reach(bench, messages, messages);
  const seconds = (to.atMicros - from.atMicros) / 1_000_000;
  const count = to.matched - from.matched;
  const name = 'subscription-matcher';
  const cpu = (to.cpuSeconds.get(name) ?? Number.NaN) - (from.cpuSeconds.get(name) ?? Number.NaN);
  stage.measured.push({ fromMicros: from.atMicros, toMicros: to.atMicros });
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: count / seconds,
    cpuPer1000: { [name]: (cpu / count) * 1_000 },
    deliveries: messages,
    figures: {
      [MATCHED]: count / seconds,
      [ENDPOINTS_KNOWN]: known.endpoints.length,
      'share of a core that the matcher takes': cpu / seconds,
    },
  });
}

/** Resolves once the matcher that runs has matched so many. */
async function reach({ stage, tell }: Bench, matched: number, of: number) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = await metricOf(stage, 'subscription-matcher', COUNTED).catch(() => 0);
    tell(`emptying the topic: ${String(now)} of ${String(of)} messages matched`);
    if (now >= matched) return { matched: now, atMicros: nowMicros(), cpuSeconds: stage.sampler.cpuSeconds() };
    if (performance.now() > deadline) throw new Error(`the matcher matched ${String(now)} of ${String(of)} messages`);
    await wait(POLL_MS);
  }
}

function makeKnown({ stage, flags }: Bench, ask: Ask): Known {
  const count = flags.quick ? 50 : 1_000;
  const applications = Array.from({ length: count }, (_, at) => stage.writer.application(`matched ${String(at)}`));
  const endpoints = applications.flatMap((application) =>
    Array.from({ length: EACH }, (_, place) => ({
      ...stage.writer.endpoint(application, 'https://customer.example/webhooks'),
      ...asked(ask, place),
    })),
  );
  return { applications, endpoints };
}

function asked(ask: Ask, place: number): Partial<Endpoint> {
  switch (ask) {
    case 'types':
      return { eventTypes: [`${TYPE}_${String(place)}`, 'lead.captured'] };
    case 'filters':
      return {
        eventTypes: [TYPE],
        filters: [
          { json: { data: { confidence: { $lt: 0.5 }, source: { kind: { $in: ['faq', 'web'] }, number: place } } } },
        ],
      };
  }
}

function* recordsOf({ applications, endpoints }: Known): Generator<OutgoingRecord> {
  for (const application of applications) yield applicationKnown(application);
  for (const endpoint of endpoints) yield endpointKnown(endpoint);
}

function* tombstonesOf({ applications, endpoints }: Known): Generator<OutgoingRecord> {
  for (const endpoint of endpoints) yield forgotten('endpoint', endpoint);
  for (const application of applications) yield forgotten('application', application);
}

function* messagesOf({ applications }: Known, ask: Ask, count: number): Generator<OutgoingRecord> {
  const payloads = Array.from({ length: EACH }, (_, place) => payloadFor(place));
  for (let at = 0; at < count; at += 1) {
    const application = applications[at % applications.length];
    const place = Math.floor(at / applications.length) % EACH;
    const payload = payloads[place];
    if (application === undefined || payload === undefined) return;
    const acceptedAtMs = Date.now();
    const message = {
      id: newId('msg', acceptedAtMs),
      applicationId: application.id,
      eventType: ask === 'types' ? `${TYPE}_${String(place)}` : TYPE,
      acceptedAtMs,
      payload,
    };
    yield { topic: TOPICS.messages, key: messageKey(message), value: payload, headers: messageHeaders(message) };
  }
}

/** About a thousand bytes, as a response with its sources has them. */
function payloadFor(place: number): Buffer {
  const text = 'The parcel left the depot this morning and is due on Thursday. ';
  const data = {
    conversationId: 'cnv_7Q2m',
    text: text.repeat(9),
    confidence: 0.42,
    source: { kind: 'faq', number: place, title: text, url: 'https://customer.example/faq/parcels' },
  };
  return Buffer.from(JSON.stringify({ type: TYPE, timestamp: '2026-01-01T00:00:00.000Z', data }));
}
