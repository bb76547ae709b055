import type { AttemptFact, JournalFact, MatchedFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { keepPartitions, PostgresDeliveryLogWriter } from '@signpost/postgres';
import pg from 'pg';

const DAY_MS = 86_400_000;
export const DAYS = 30;
const APPLICATIONS = 100;
const ENDPOINTS_EACH = 10;
const TYPES = 20;
const DELIVERIES_EACH = 4;
/** Of each message: a delivery to four endpoints, of which one fails first. */
export const ATTEMPTS_EACH = 5;
const MESSAGES_A_BATCH = 1_000;
const SOURCE_TOPIC = 'platform.events';
const SOURCE_PARTITIONS = 12;
const WRITERS = 2;
const BODY_BYTES = 4_096;
const PAYLOAD = Buffer.from(JSON.stringify({ type: 'message.received', data: { text: 'x'.repeat(200) } }));

export const RARE = { eventType: 'rare.type', channel: 'rare', tag: 'rare-tag', status: 404 } as const;
/** Messages that have the rare values, all of them owed to the busy endpoint. */
export const RARE_MESSAGES = 3;

export interface FilledApplication {
  readonly id: ApplicationId;
  readonly endpoints: readonly EndpointId[];
}

/** A log of very many attempts, spread evenly over days: 100 applications of ten endpoints, and one that gets a tenth of all. */
export interface FilledLog {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the busy endpoint. */
  readonly busyApplication: ApplicationId;
  readonly busy: EndpointId;
  readonly applications: readonly FilledApplication[];
  /** Of the busy endpoint's. */
  readonly someMessage: Pick<MessageRecord, 'id' | 'eventId'>;
  readonly rowsPerSecond: number;
}

/** Writes it as the recorder does, so that every row and label is as the product makes it. */
export async function fillLog(url: string, attempts: number, tell: (text: string) => void): Promise<FilledLog> {
  const endMs = Date.now();
  const startMs = endMs - DAYS * DAY_MS;
  const applications = Array.from({ length: APPLICATIONS }, (_, at) => ({
    id: newId('app', startMs - DAY_MS + at),
    endpoints: Array.from({ length: ENDPOINTS_EACH }, (_one, number) =>
      newId('ep', startMs - DAY_MS + at * 10 + number),
    ),
  }));
  const busyApplication = applications[0]?.id ?? newId('app', startMs);
  const plan: Plan = {
    startMs,
    endMs,
    applications,
    busy: newId('ep', startMs - DAY_MS),
    messages: Math.ceil(attempts / ATTEMPTS_EACH),
  };
  await makeDays(url, endMs);
  const pool = new pg.Pool({ connectionString: url, max: WRITERS });
  const writer = new PostgresDeliveryLogWriter(pool, BODY_BYTES);
  const beganAt = performance.now();
  let next = 0;
  let written = 0;
  const work = async () => {
    while (next < plan.messages) {
      const from = next;
      next = Math.min(plan.messages, from + MESSAGES_A_BATCH);
      const { messages, facts } = batchOf(plan, from, next);
      await writer.write(messages, facts);
      written += facts.length - messages.length;
      tell(`filling the log: ${written.toLocaleString('en-GB')} of ${attempts.toLocaleString('en-GB')} attempts`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
  const rowsPerSecond = written / ((performance.now() - beganAt) / 1_000);
  tell('the log is analysed, as autovacuum would');
  await pool.query(
    'VACUUM (ANALYZE) messages, deliveries, attempts, message_labels, attempt_labels, matches, delivery_stages',
  );
  await pool.end();
  const someMessage = messageOf(plan, Math.floor(plan.messages / 2) - (Math.floor(plan.messages / 2) % 5));
  const { rows } = await once(url, 'SELECT id FROM messages WHERE application_id = $1 AND event_id = $2', [
    busyApplication,
    someMessage.eventId,
  ]);
  return {
    startMs,
    endMs,
    busyApplication,
    busy: plan.busy,
    applications,
    someMessage: { ...someMessage, id: (rows[0] as { id: MessageRecord['id'] }).id },
    rowsPerSecond,
  };
}

interface Plan {
  readonly startMs: number;
  readonly endMs: number;
  readonly applications: readonly FilledApplication[];
  readonly busy: EndpointId;
  readonly messages: number;
}

async function makeDays(url: string, endMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let back = 0; back <= DAYS + 1; back += 7) await keepPartitions(client, endMs - back * DAY_MS, 3_650);
  await client.end();
}

async function once(url: string, sql: string, values: readonly unknown[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}

function batchOf(plan: Plan, from: number, to: number) {
  const messages: MessageRecord[] = [];
  const facts: JournalFact[] = [];
  for (let at = from; at < to; at += 1) {
    const message = messageOf(plan, at);
    messages.push(message);
    const attempts = [...attemptsOf(plan, at, message)];
    facts.push(matchedTo(message, attempts), ...attempts);
  }
  return { messages, facts };
}

function matchedTo({ id, applicationId, acceptedAtMs }: MessageRecord, attempts: readonly AttemptFact[]): MatchedFact {
  const endpointIds = [...new Set(attempts.map(({ endpointId }) => endpointId))];
  return { kind: 'matched', messageId: id, applicationId, atMs: acceptedAtMs + 2, endpointIds };
}

/** Two of five messages go to the busy endpoint: with its attempts that fail first, a tenth of all attempts. */
const isBusy = (at: number): boolean => at % 5 < 2;
const isRare = (plan: Plan, at: number): boolean => at % (5 * Math.ceil(plan.messages / RARE_MESSAGES / 5)) === 0;

function applicationOf(plan: Plan, at: number): FilledApplication {
  const found = plan.applications[isBusy(at) ? 0 : (at * 7) % APPLICATIONS];
  if (found === undefined) throw new Error('no application');
  return found;
}

function messageOf(plan: Plan, at: number): MessageRecord {
  const acceptedAtMs = plan.startMs + Math.floor(((plan.endMs - plan.startMs) * at) / plan.messages);
  const channels = [
    ...(at % 3 === 0 ? [`channel-${String(at % 50)}`] : []),
    ...(at % 4 === 0 ? ['common'] : []),
    ...(isRare(plan, at) ? [RARE.channel] : []),
  ];
  return {
    id: newId('msg', acceptedAtMs),
    applicationId: applicationOf(plan, at).id,
    eventType: isRare(plan, at) ? RARE.eventType : `type.${String(at % TYPES)}`,
    eventId: `event-${String(at)}`,
    acceptedAtMs,
    payload: PAYLOAD,
    origin: { topic: SOURCE_TOPIC, partition: at % SOURCE_PARTITIONS, offset: Math.floor(at / SOURCE_PARTITIONS) },
    ...(channels.length === 0 ? {} : { channels }),
    ...(isRare(plan, at) ? { tags: [RARE.tag] } : {}),
  };
}

function* attemptsOf(plan: Plan, at: number, message: MessageRecord): Generator<AttemptFact> {
  const { endpoints } = applicationOf(plan, at);
  const rare = isRare(plan, at);
  for (let number = 0; number < DELIVERIES_EACH; number += 1) {
    const other = endpoints[(at + number) % ENDPOINTS_EACH];
    const endpointId = isBusy(at) && number === 0 ? plan.busy : other;
    if (endpointId === undefined) continue;
    const fails = rare ? number === 0 : number === Math.floor(at / 5) % DELIVERIES_EACH;
    const atMs = message.acceptedAtMs + 5;
    if (!fails) {
      yield anAttempt(message, endpointId, { atMs, attempt: 1, status: 200, fate: 'delivered' });
      continue;
    }
    const status = rare ? RARE.status : at % 50 === 7 ? undefined : 503;
    const nextAttemptAtMs = atMs + 60_000;
    yield anAttempt(message, endpointId, {
      atMs,
      attempt: 1,
      outcome: 'failed',
      nextAttemptAtMs,
      ...(status === undefined
        ? { reason: 'timeout:first-byte' }
        : { status, reason: `http:${String(status)}`, responseBody: '{"error":"busy"}' }),
    });
    yield anAttempt(message, endpointId, { atMs: nextAttemptAtMs, attempt: 2, status: 200, fate: 'delivered' });
  }
}

function anAttempt(
  message: MessageRecord,
  endpointId: EndpointId,
  given: Pick<AttemptFact, 'atMs' | 'attempt'> & Partial<AttemptFact>,
): AttemptFact {
  const { channels, id: messageId, applicationId, eventType } = message;
  return {
    kind: 'attempt',
    deliveryId: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    eventType,
    attemptId: newId('atmpt', given.atMs),
    url: 'https://customer.example/webhooks',
    outcome: 'delivered',
    timing: { firstByteMs: 12.5, totalMs: 13.1 },
    trigger: 'scheduled',
    responseHeaders: { server: 'nginx', 'content-type': 'application/json' },
    responseBody: '{"ok":true}',
    ...(channels === undefined ? {} : { channels }),
    ...('tags' in message ? { tags: message.tags } : {}),
    ...given,
  };
}
