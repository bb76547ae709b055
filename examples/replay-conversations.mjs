// Replays conversations as a chatbot platform would emit them: CloudEvents in binary mode, through a Kafka topic, to an
// endpoint for each recipe, with filters. A receiver of its own takes them and checks their signatures.
//
//   node examples/replay-conversations.mjs                    makes the topic, if there is none
//   INGEST_SOURCE_TOPICS=platform.events npm start            in another terminal
//   node examples/replay-conversations.mjs
//
// COUNT: how many conversations (24). TOPIC: platform.events. DIALOGUES: a file of them. OUT: a file for what arrived, a
// line of JSON each. Where Signpost runs elsewhere: API_URL, API_KEY and KAFKA_BROKERS.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import kafkajs from 'kafkajs';
import { ENDPOINTS, UNSURE } from './replay/endpoints.mjs';
import { eventsOf } from './replay/platform.mjs';
import { Receiver } from './replay/receiver.mjs';

const { env } = process;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TOPIC = env.TOPIC ?? 'platform.events';
const COUNT = Number(env.COUNT ?? 24);
/** An endpoint gets what is accepted a second after it was made. */
const KNOWN_MS = Number(env.KNOWN_MS ?? 2_000);
const MOST_MS = 120_000;

const running = runningStart();
const api = env.API_URL ?? running.apiUrl;
const apiKey = env.API_KEY ?? running.apiKey;
const brokers = (env.KAFKA_BROKERS ?? running.kafkaBrokers).split(',');
const kafka = new kafkajs.Kafka({ clientId: 'platform', brokers, logLevel: kafkajs.logLevel.NOTHING });

if (await makeTopic()) {
  console.log(`made the topic ${TOPIC}: now run INGEST_SOURCE_TOPICS=${TOPIC} npm start, and this again`);
} else {
  process.exitCode = await replay();
}

async function replay() {
  const receiver = new Receiver();
  const origin = await receiver.open();
  // Whatever does not fit its type's schema is refused, and never comes.
  const app = await call('POST', '/api/v1/app', { name: 'Replay', validation: { '*': 'enforce' } });
  for (const endpoint of [...ENDPOINTS, UNSURE]) await make(app.id, `${origin}/${endpoint.name}`, endpoint, receiver);
  await wait(KNOWN_MS);

  const run = Date.now().toString(36);
  const events = dialogues().flatMap((dialogue, number) => eventsOf(dialogue, number, run));
  await produce(app.id, events);
  console.log(`sent ${String(events.length)} events of ${String(COUNT)} conversations to ${TOPIC}`);
  await quiet(receiver, events.length);
  receiver.close();

  for (const { name } of [...ENDPOINTS, UNSURE]) {
    console.log(`${name.padEnd(16)} ${String(receiver.arrived.filter((one) => one.name === name).length)}`);
  }
  const secrets = Object.fromEntries(receiver.secrets);
  const lines = [{ app: app.id, secrets }, ...events.map((sent) => ({ sent })), ...receiver.arrived];
  if (env.OUT !== undefined) writeFileSync(env.OUT, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (receiver.unsigned > 0) console.log(`${String(receiver.unsigned)} requests were not signed as they should be`);
  return receiver.unsigned === 0 ? 0 : 1;
}

/** Switched off until its transformation is there: so nothing goes out without. */
async function make(app, url, { name, code, eventTypes, filters }, receiver) {
  const path = `/api/v1/app/${app}/endpoint`;
  await call('POST', path, { uid: name, url, disabled: true, eventTypes, filters });
  if (code !== undefined) await call('PUT', `${path}/${name}/transformation`, { code });
  receiver.secrets.set(name, (await call('GET', `${path}/${name}/secret`)).key);
  await call('PATCH', `${path}/${name}`, { disabled: false });
}

async function produce(app, events) {
  const producer = kafka.producer();
  await producer.connect();
  const messages = events.map(({ id, type, conversationId, body }) => ({
    key: conversationId,
    value: body,
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/platform',
      ce_type: type,
      ce_time: JSON.parse(body).timestamp,
      ce_application: app,
      ce_conversation: conversationId,
      'content-type': 'application/json',
    },
  }));
  await producer.send({ topic: TOPIC, acks: -1, messages });
  await producer.disconnect();
}

/** Until every event has come to the endpoint that gets all of them, and nothing more comes to the others. */
async function quiet({ arrived }, all) {
  const end = Date.now() + MOST_MS;
  const isWhole = () =>
    new Set(arrived.filter((one) => one.name === 'segment-track').map((one) => one.headers['webhook-id'])).size >= all;
  for (let before = -1; Date.now() < end && (!isWhole() || before !== arrived.length);) {
    before = arrived.length;
    await wait(2_000);
  }
}

async function makeTopic() {
  const admin = kafka.admin();
  await admin.connect();
  const isNew = await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }], waitForLeaders: false });
  await admin.disconnect();
  return isNew;
}

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await globalThis.fetch(`${api}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

function dialogues() {
  const shared = join(ROOT, '..', 'shared', 'data', 'dialogues.jsonl');
  const file = env.DIALOGUES ?? (existsSync(shared) ? shared : join(ROOT, 'examples', 'replay', 'dialogues.jsonl'));
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, COUNT)
    .map((line) => JSON.parse(line));
}

/** Of an `npm start` that runs here. */
function runningStart() {
  const file = join(env.SIGNPOST_HOME ?? join(ROOT, '.signpost'), 'running.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  if (env.API_URL && env.API_KEY && env.KAFKA_BROKERS) return {};
  throw new Error(`no Signpost runs here (${file}): npm start, or set API_URL, API_KEY and KAFKA_BROKERS`);
}
