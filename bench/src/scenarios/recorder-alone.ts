import { encodeFact, messageHeaders, messageKey, TOPICS, type MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { OutgoingRecord } from '@signpost/ports';
import { setTimeout as wait } from 'node:timers/promises';
import { nowMicros } from '../measure/clock.js';
import { metricOf } from '../stage/metric.js';
import { payloadTemplate } from '../wire/payload.js';
import { IN_LOG, filledLog } from './log-lists.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';
import { PAYLOAD_BYTES } from './ways-in.js';

export const RECORDER_ALONE = 'recorder-alone';
const ROWS = 'signpost_recorder_rows_total';
const ENDPOINTS = 10;
const POLL_MS = 50;
const PATIENCE_MS = 600_000;
/** Of all: its code is warm by then, and the end with its half-full batches is not measured. */
const FROM = 0.3;
const TO = 0.95;

/**
 * The recorder with its topics already full: it is stopped, facts are written to the journal, it starts. A message is
 * owed to ten endpoints, and each gets it at the first attempt.
 */
export const recorderAlone: Scenario = {
  name: RECORDER_ALONE,
  about: 'the recorder with a full journal, into a log of very many attempts (--log-attempts): attempts/s',
  long: true,
  prepare: async (bench) => [{ name: RECORDER_ALONE, run: () => run(bench) }],
};

async function run(bench: Bench): Promise<Summary> {
  await filledLog(bench);
  const { stage, flags, tell } = bench;
  const recorder = stage.deployment.process('recorder');
  const messages = flags.quick ? 1_000 : 30_000;
  const attempts = messages * ENDPOINTS;
  const records = messages * (ENDPOINTS + 2);
  await recorder.stop();
  await stage.writer.write(recordsOf(messages), (written) => {
    tell(`filling the journal: ${String(written)} of ${String(records)} records`);
  });
  stage.sampler.beginPeaks();
  await recorder.spawn();
  const from = await reach(bench, records * FROM, records);
  const to = await reach(bench, records * TO, records);
  await reach(bench, records, records);
  const seconds = (to.atMicros - from.atMicros) / 1_000_000;
  stage.measured.push({ fromMicros: from.atMicros, toMicros: to.atMicros });
  const measured = ((to.rows - from.rows) / records) * attempts;
  const cpuOf = (name: string) => (to.cpuSeconds.get(name) ?? Number.NaN) - (from.cpuSeconds.get(name) ?? Number.NaN);
  const names = ['recorder', 'postgresql', 'kafka'];
  return countedApart(stage.sampler.peaks(), {
    deliveriesPerSecond: measured / seconds,
    cpuPer1000: Object.fromEntries(names.map((name) => [name, (cpuOf(name) / measured) * 1_000])),
    deliveries: attempts,
    figures: {
      [IN_LOG]: flags.logAttempts,
      'share of a core that the recorder takes': cpuOf('recorder') / seconds,
      'share of a core that PostgreSQL takes': cpuOf('postgresql') / seconds,
    },
  });
}

/** Resolves once the recorder that runs has written so many records. */
async function reach({ stage, tell }: Bench, rows: number, of: number) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const written = await metricOf(stage, 'recorder', ROWS).catch(() => 0);
    tell(`emptying the journal: ${String(written)} of ${String(of)} records written down`);
    if (written >= rows) return { rows: written, atMicros: nowMicros(), cpuSeconds: stage.sampler.cpuSeconds() };
    if (performance.now() > deadline) throw new Error(`the recorder wrote ${String(written)} of ${String(of)} records`);
    await wait(POLL_MS);
  }
}

function* recordsOf(messages: number): Generator<OutgoingRecord> {
  const applicationId: ApplicationId = newId('app', Date.now());
  const endpoints = Array.from({ length: ENDPOINTS }, () => newId('ep', Date.now()));
  const payload = payloadTemplate(PAYLOAD_BYTES);
  for (let at = 0; at < messages; at += 1) {
    const acceptedAtMs = Date.now();
    const message = {
      id: newId('msg', acceptedAtMs),
      applicationId,
      eventType: 'message.received',
      acceptedAtMs,
      payload,
    };
    yield { topic: TOPICS.messages, key: messageKey(message), value: payload, headers: messageHeaders(message) };
    yield {
      topic: TOPICS.journal,
      key: message.id,
      value: encodeFact({
        kind: 'matched',
        messageId: message.id,
        applicationId,
        atMs: acceptedAtMs,
        endpointIds: endpoints,
      }),
    };
    for (const endpointId of endpoints) yield attemptOf(message, endpointId);
  }
}

function attemptOf(message: MessageRecord, endpointId: EndpointId): OutgoingRecord {
  const { id: messageId, applicationId, eventType } = message;
  const atMs = Date.now();
  const value = encodeFact({
    kind: 'attempt',
    deliveryId: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    eventType,
    atMs,
    attemptId: newId('atmpt', atMs),
    attempt: 1,
    url: 'https://customer.example/webhooks',
    outcome: 'delivered',
    status: 200,
    responseBody: '{"ok":true}',
    responseHeaders: { server: 'nginx', 'content-type': 'application/json' },
    timing: { firstByteMs: 1.234567890123, totalMs: 1.345678901234 },
    trigger: 'scheduled',
    fate: 'delivered',
  });
  return { topic: TOPICS.journal, key: endpointId, value };
}
