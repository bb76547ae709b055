import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountOut, AuditOut, MessageAttemptOut } from '@signpost/contracts';
import { freshDatabase, freshFolder, freshTopicPrefix, makeTopics, testKafkaBrokers, until } from '@signpost/testing';
import { parse } from 'csv-parse/sync';
import { Webhook } from 'standardwebhooks';
import {
  HUBSPOT_PROPERTIES,
  SALESFORCE_FIELDS,
  TARGET_TYPES,
  typeFaults,
} from '../../libs/transformation/src/recipe-targets.fixture.js';
import { StartRun } from './start-run.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const CONVERSATIONS = 24;

interface Sent {
  readonly type: string;
  readonly body: string;
  readonly data: {
    readonly score: number;
    readonly priority: string;
    readonly qualification: { readonly score: number };
    readonly response: { readonly confidence: number };
  };
}
interface Arrived {
  readonly name: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
interface Replayed {
  readonly app: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sent: readonly Sent[];
  readonly arrived: readonly Arrived[];
}

type Asks = (event: Sent) => boolean;
const isOf =
  (...types: readonly string[]): Asks =>
  ({ type }) =>
    types.includes(type);

/** What each endpoint asks for by its event types and filters, and which of that its recipe declines. */
const ENDPOINTS: Readonly<Record<string, { readonly asks: Asks; readonly declines?: Asks }>> = {
  'slack-message': {
    asks: isOf('handoff.requested', 'handoff.accepted', 'feedback.negative', 'rating.submitted'),
    declines: isOf('handoff.accepted'),
  },
  'microsoft-teams': { asks: ({ type, data }) => type === 'rating.submitted' && data.score <= 2 },
  'hubspot-contact': { asks: isOf('lead.captured') },
  'salesforce-lead': { asks: ({ type, data }) => type === 'lead.captured' && data.qualification.score >= 70 },
  'zendesk-ticket': {
    asks: ({ type, data }) => type === 'handoff.requested' && ['high', 'urgent'].includes(data.priority),
  },
  'linear-issue': { asks: ({ type, data }) => type === 'feedback.negative' && data.response.confidence < 0.5 },
  'segment-track': { asks: () => true },
  'postmark-email': {
    asks: isOf('lead.captured', 'handoff.requested', 'handoff.accepted'),
    declines: isOf('handoff.accepted'),
  },
  'csv-line': { asks: () => true, declines: (event) => !isOf('rating.submitted', 'lead.captured')(event) },
  'unsure-answers': { asks: ({ type, data }) => type === 'message.sent' && data.response.confidence < 0.6 },
};

describe('conversations, replayed as a platform emits them', () => {
  let started: StartRun;
  let replayed: Replayed;
  const since = new Date(Date.now() - 1_000).toISOString();

  beforeAll(async () => {
    const topicPrefix = freshTopicPrefix();
    const topic = `platform-${topicPrefix}events`;
    const out = join(freshFolder(), 'arrived.jsonl');
    await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: 3 }]);
    const home = freshFolder();
    started = new StartRun(home, ['--no-demo'], {
      PORT: '',
      KAFKA_BROKERS: testKafkaBrokers().join(','),
      KAFKA_TOPIC_PREFIX: topicPrefix,
      KAFKA_PARTITIONS: '2',
      DATABASE_URL: await freshDatabase(),
      INGEST_SOURCE_TOPICS: topic,
      RECORDER_ACCOUNT_EVERY_MS: '250',
    });
    await started.ready();
    const env = { ...process.env, SIGNPOST_HOME: home, TOPIC: topic, COUNT: String(CONVERSATIONS), OUT: out };
    await run(process.execPath, [join(root, 'examples', 'replay-conversations.mjs')], { env, timeout: 240_000 });
    replayed = read(out);
  }, 360_000);
  afterAll(async () => {
    await started.interrupt();
  }, 60_000);

  const bodiesOf = (name: string): readonly string[] =>
    replayed.arrived.filter((one) => one.name === name).map(({ body }) => body);
  const parsedOf = (name: string): readonly unknown[] => bodiesOf(name).map((body): unknown => JSON.parse(body));
  const get = async <T>(path: string): Promise<T> => {
    const response = await started.call('GET', path);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };

  it('reach each endpoint that asks for them, and nobody else', () => {
    expect(replayed.sent.length).toBeGreaterThan(50);
    for (const [name, { asks, declines = () => false }] of Object.entries(ENDPOINTS)) {
      const owed = replayed.sent.filter((event) => asks(event) && !declines(event));
      const arrived = replayed.arrived.filter((one) => one.name === name);
      const ids = new Set(arrived.map(({ headers }) => headers['webhook-id']));
      expect([name, ids.size]).toEqual([name, owed.length]);
    }
    // Each endpoint was asked for something.
    expect(new Set(replayed.arrived.map(({ name }) => name)).size).toBe(Object.keys(ENDPOINTS).length);
  });

  it('arrive signed over what was made of them', () => {
    for (const { name, headers, body } of replayed.arrived) {
      const webhook = new Webhook(replayed.secrets[name] ?? '');
      expect(() => webhook.verify(body, { ...headers }, { jsonParse: false })).not.toThrow();
    }
  });

  it('arrive byte for byte where nothing is made of them', () => {
    const owed = replayed.sent.filter((event) => ENDPOINTS['unsure-answers']?.asks(event));
    expect([...new Set(bodiesOf('unsure-answers'))].sort()).toEqual(owed.map(({ body }) => body).sort());
  });

  it("arrive in the form of the targets' own types and schemas", () => {
    const typed = new Map(Object.keys(TARGET_TYPES).map((recipe) => [recipe, parsedOf(recipe)]));
    expect(typeFaults(typed)).toEqual([]);
    for (const body of parsedOf('hubspot-contact') as { inputs: [{ idProperty: string; properties: object }] }[]) {
      const [{ idProperty, properties }] = body.inputs;
      expect(idProperty).toBe('email');
      expect(HUBSPOT_PROPERTIES).toEqual(expect.arrayContaining(Object.keys(properties)));
    }
    for (const body of parsedOf('salesforce-lead') as { records: [Record<string, unknown>] }[]) {
      const [{ attributes, ...fields }] = body.records;
      expect(attributes).toEqual({ type: 'Lead' });
      for (const [name, value] of Object.entries(fields)) {
        expect(String(value).length).toBeLessThanOrEqual(SALESFORCE_FIELDS[name] ?? 0);
      }
    }
    const lines = parse(bodiesOf('csv-line').join(''), { relax_column_count: true });
    expect(lines).toHaveLength(bodiesOf('csv-line').length);
  }, 300_000);

  it('balance, those that were declined among them', async () => {
    const declined = Object.values(ENDPOINTS).flatMap(({ asks, declines }) =>
      replayed.sent.filter((event) => declines !== undefined && asks(event) && declines(event)),
    );
    let account: AccountOut | undefined;
    await until(
      async () => {
        account = await get<AccountOut>(`/api/v1/account?since=${since}&appId=${replayed.app}`);
        return account.totals.accepted === replayed.sent.length && account.difference === 0;
      },
      { timeoutMs: 180_000, everyMs: 500, what: 'every minute to be counted' },
    );
    expect(account).toMatchObject({ balanced: true });
    expect(account?.totals.fates).toMatchObject({
      declined: declined.length,
      delivered: Object.values(ENDPOINTS).flatMap(({ asks }) => replayed.sent.filter(asks)).length - declined.length,
    });
    const isDone = async () => (await get<AuditOut>(`/api/v1/account/audit?since=${since}`)).done;
    await until(isDone, { timeoutMs: 180_000, everyMs: 500, what: 'the audit to reach its end' });
    expect(await get<AuditOut>(`/api/v1/account/audit?since=${since}`)).toMatchObject({
      balanced: true,
      violations: [],
    });
  }, 400_000);

  it('name in each attempt the version that made it', async () => {
    const path = (name: string) => `/api/v1/app/${replayed.app}/attempt/endpoint/${name}?limit=5`;
    for (const name of Object.keys(ENDPOINTS)) {
      const { data } = await get<{ data: readonly MessageAttemptOut[] }>(path(name));
      const versions = new Set(data.map(({ transformationVersion }) => transformationVersion));
      expect([name, [...versions]]).toEqual([name, [name === 'unsure-answers' ? undefined : 1]]);
    }
  });
});

function read(file: string): Replayed {
  const [head, ...lines] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const { app, secrets } = head as Pick<Replayed, 'app' | 'secrets'>;
  const all = lines as ({ readonly sent: Omit<Sent, 'data'> } | Arrived)[];
  const sent = all.flatMap((line) =>
    'sent' in line ? [{ ...line.sent, data: (JSON.parse(line.sent.body) as Sent).data }] : [],
  );
  return { app, secrets, sent, arrived: all.flatMap((line) => ('sent' in line ? [] : [line])) };
}
