import { readCoordinates } from '@signpost/contracts';
import { lowestId, newId, type AttemptId, type DeliveryId, type EndpointId, type MessageId } from '@signpost/domain';
import type { ExplainedMessage, ExplainLog, ExplainScope } from '@signpost/ports';
import pg from 'pg';
import type { FilledLog } from '../log/filled-log.js';
import { figuresOf, plansOf, slowestFirst, timeQuestion, TIMES, type TimedQuestion } from '../log/timed-questions.js';
import { TracedReader } from '../log/traced-reader.js';
import { filledLog, IN_LOG } from './log-lists.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';

export const EXPLAIN = 'explain';
export const SLOWEST_EXPLAIN_P99 = 'p99 of the slowest explanation, ms';

/** Plans are told of as many of the slowest. */
const SLOWEST = 3;
const LIMIT = 50;
/** Endpoints of the busy application that get nothing: they have to be explained, too. */
const BYSTANDERS = 5_000;

/** A message with every id that somebody may have of it. */
interface Known {
  readonly message_id: MessageId;
  readonly event_id: string;
  readonly coordinates: string;
  readonly delivery_id: DeliveryId;
  readonly attempt_id: AttemptId;
}

type Found = { readonly message: ExplainedMessage; readonly endpointId?: EndpointId } | undefined;

interface Question {
  readonly name: string;
  readonly find: (log: ExplainLog, scope: ExplainScope, known: Known) => Promise<Found>;
}

const newest = ([message]: readonly ExplainedMessage[]): Found => message && { message };

const QUESTIONS: readonly Question[] = [
  {
    name: "by a message's id",
    find: async (log, scope, { message_id }) => {
      const message = await log.byMessage(scope, message_id);
      return message && { message };
    },
  },
  { name: "by a delivery's id", find: (log, scope, { delivery_id }) => log.byDelivery(scope, delivery_id) },
  { name: "by an attempt's id", find: (log, scope, { attempt_id }) => log.byAttempt(scope, attempt_id) },
  {
    name: "by an event's id, of one application",
    find: async (log, scope, { event_id }) => newest(await log.byEvent(scope, event_id)),
  },
  {
    name: "by an event's id, of any application",
    find: async (log, { organisationId }, { event_id }) => newest(await log.byEvent({ organisationId }, event_id)),
  },
  {
    name: 'by topic, partition and offset',
    find: async (log, scope, { coordinates }) => {
      const origin = readCoordinates(coordinates);
      return origin && newest(await log.byOrigin(scope, origin));
    },
  },
];

/** Why a message did or did not arrive, by every id, on a log of very many attempts. */
export const explain: Scenario = {
  name: EXPLAIN,
  about: 'why a message did or did not arrive, by every id, on a log of very many attempts (--log-attempts)',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => [{ name: EXPLAIN, run: () => run(bench) }],
};

async function run(bench: Bench): Promise<Summary> {
  const log = await filledLog(bench);
  const { stage, flags, tell } = bench;
  const client = new pg.Client({ connectionString: stage.postgres.url });
  await client.connect();
  const reader = new TracedReader(stage.postgres.url);
  stage.sampler.beginPeaks();
  const measured: TimedQuestion[] = [];
  try {
    const scope = { organisationId: await ownersOf(client, log) };
    for (const [which, applicationId] of applicationsOf(log)) {
      const known = await knownOf(client, log, applicationId);
      for (const question of QUESTIONS) {
        const name = `${question.name}, ${which}`;
        tell(name);
        const ask = asking(reader.explain, { ...scope, applicationId }, known, name, question);
        measured.push(await timeQuestion(reader, name, ask));
      }
    }
  } finally {
    await reader.close();
    await client.end();
  }
  return countedApart(stage.sampler.peaks(), {
    figures: {
      [IN_LOG]: flags.logAttempts,
      [SLOWEST_EXPLAIN_P99]: Math.max(...measured.map(({ p99 }) => p99)),
      ...figuresOf(measured),
    },
    notes: plansOf(slowestFirst(measured).slice(0, SLOWEST)),
  });
}

const applicationsOf = ({ busyApplication, applications }: FilledLog) =>
  [
    [`of an application of ${String(BYSTANDERS)} endpoints`, busyApplication],
    ['of an application of ten endpoints', applications[1]?.id ?? busyApplication],
  ] as const;

/** Finds one of the known messages and tells its whole story. */
const asking =
  (log: ExplainLog, scope: ExplainScope, known: readonly Known[], name: string, { find }: Question) =>
  async (_: unknown, time: number): Promise<void> => {
    const one = known[time % known.length];
    if (one === undefined) throw new Error('the log has no messages of the application');
    const found = await find(log, scope, one);
    if (found?.message.id !== one.message_id) throw new Error(`${name}: ${one.message_id} was not found`);
    const { endpoints } = await log.story(found.message, { limit: LIMIT, first: found.endpointId });
    if (!endpoints.some(({ attempts }) => attempts.length > 0)) throw new Error(`${name}: no attempt is explained`);
  };

/** Messages of an application, spread over all days. */
async function knownOf(client: pg.Client, log: FilledLog, applicationId: string): Promise<readonly Known[]> {
  const known: Known[] = [];
  for (let at = 0; at < TIMES; at += 1) {
    const fromMs = Math.floor(log.startMs + ((log.endMs - log.startMs) * at) / (TIMES + 1));
    const { rows } = await client.query<Known>(KNOWN, [applicationId, lowestId('msg', fromMs)]);
    known.push(...rows);
  }
  return known;
}

const KNOWN = `SELECT m.id AS message_id, m.event_id, a.delivery_id, a.id AS attempt_id,
    m.origin_topic || ':' || m.origin_partition || ':' || m.origin_offset AS coordinates
  FROM (SELECT * FROM messages WHERE application_id = $1 AND id >= $2 ORDER BY id LIMIT 1) m
  CROSS JOIN LATERAL (SELECT delivery_id, id FROM attempts WHERE message_id = m.id ORDER BY id LIMIT 1) a`;

/** The filled log is of applications that the control plane does not know yet. */
async function ownersOf(client: pg.Client, log: FilledLog) {
  const organisationId = newId('org', Date.now());
  const beforeMs = log.startMs - 1;
  await client.query('INSERT INTO organisations (id, name, created_at) VALUES ($1, $1, now())', [organisationId]);
  const rows = log.applications.flatMap(({ id, endpoints }) =>
    endpoints.map((endpointId) => [id, endpointId] as const),
  );
  rows.push([log.busyApplication, log.busy]);
  for (let at = 0; at < BYSTANDERS; at += 1) rows.push([log.busyApplication, newId('ep', beforeMs)]);
  await client.query(APPLICATIONS, [organisationId, [...new Set(rows.map(([id]) => id))], new Date(beforeMs)]);
  await client.query(ENDPOINTS, [rows.map(([id]) => id), rows.map(([, id]) => id), new Date(beforeMs)]);
  await client.query('VACUUM (ANALYZE) applications, endpoints');
  return organisationId;
}

const APPLICATIONS = `INSERT INTO applications (id, organisation_id, name, metadata, version, created_at, updated_at)
  SELECT id, $1, id, '{}', 1, $3, $3 FROM unnest($2::text[]) AS a (id) ON CONFLICT DO NOTHING`;
// All but those that the messages go to ask for another type.
const ENDPOINTS = `INSERT INTO endpoints
    (id, application_id, url, description, disabled, event_types, metadata, secrets, retry_schedule, version, created_at, updated_at)
  SELECT id, application_id, 'https://customer.example/', '', false, '{another.type}', '{}', '{}', '[]', 1, $3, $3
  FROM unnest($1::text[], $2::text[]) AS e (application_id, id) ON CONFLICT DO NOTHING`;
