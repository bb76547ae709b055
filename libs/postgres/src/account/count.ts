import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import {
  accountOf,
  differenceOf,
  lowestId,
  nextLookMs,
  Steps,
  type Account,
  type ApplicationId,
  type Waiting,
} from '@signpost/domain';
import { COUNTS } from './columns.js';
import { lookAtMessages, lookAtRuns, type MessagesLookedAt, type RunsLookedAt } from './look.js';
import { MINUTE_MS } from './rows.js';
import type { Span } from './rows-of-span.js';

const STRIDE = { first: 5_000, shortest: 50, longest: MINUTE_MS, meant: 50 };
/** A database that serves readers and the recorder has two thirds of the time to itself. */
const REST_FOR_EACH_MS = 2;

interface Counted {
  readonly applicationId: ApplicationId;
  readonly account: Account;
  readonly lookAtMs: number | undefined;
}

interface CountOptions {
  /** Up to when all is settled; undefined: nothing is. */
  readonly settledMs: number | undefined;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/**
 * Counts one minute anew, in a transaction of the caller's. Its marks go first: what is written from then on leaves a mark
 * of its own, and what was written before is seen by the statements that follow.
 * @throws AbortError
 */
export async function countMinute(
  client: pg.ClientBase,
  minute: number,
  { settledMs, nowMs, signal }: CountOptions,
): Promise<void> {
  const arrivedAt = await takeMarks(client, minute);
  const span = { fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS };
  const isClosed =
    settledMs !== undefined && settledMs > span.toMs && (arrivedAt === undefined || settledMs > arrivedAt.getTime());
  const { messages, runs } = await lookThrough(client, span, settledMs, signal);
  const counted = [...byApplication(messages, runs)].map(([applicationId, groups]) => ({
    applicationId,
    account: accountOf(groups.messages, groups.runs, isClosed),
    lookAtMs: nextLookMs(waitingIn(groups, isClosed), nowMs),
  }));
  await keep(client, lowestId('msg', span.fromMs), counted, arrivedAt, nowMs);
}

/** In steps, with a rest after each: nobody who reads the log meanwhile waits for the whole minute. */
async function lookThrough(
  client: pg.ClientBase,
  { fromMs, toMs }: Span,
  settledMs: number | undefined,
  signal: AbortSignal,
): Promise<Groups> {
  const found: Groups = { messages: [], runs: [] };
  const steps = new Steps(fromMs, STRIDE);
  while (steps.reached.getTime() < toMs) {
    const { since, until } = steps.next(toMs);
    const part = { fromMs: since.getTime(), toMs: until.getTime() };
    const began = performance.now();
    found.messages.push(...(await lookAtMessages(client, undefined, part)));
    found.runs.push(...(await lookAtRuns(client, undefined, part, settledMs)));
    const tookMs = performance.now() - began;
    steps.done(until, tookMs);
    await wait(REST_FOR_EACH_MS * tookMs, undefined, { signal });
  }
  return found;
}

/** When something of the minute was last accepted or matched, as far as is known. */
async function takeMarks(client: pg.ClientBase, minute: number): Promise<Date | undefined> {
  const { rows } = await client.query<{ arrived_at: Date | null }>(
    `WITH gone AS (DELETE FROM account_marks WHERE minute = $1 RETURNING at, arrival)
     SELECT greatest (
       (SELECT max (at) FROM gone WHERE arrival),
       (SELECT max (arrived_at) FROM account_minutes WHERE minute = $2)) AS arrived_at`,
    [minute, lowestId('msg', minute * MINUTE_MS)],
  );
  return rows[0]?.arrived_at ?? undefined;
}

interface Groups {
  readonly messages: MessagesLookedAt[];
  readonly runs: RunsLookedAt[];
}

function byApplication(
  messages: readonly MessagesLookedAt[],
  runs: readonly RunsLookedAt[],
): ReadonlyMap<ApplicationId, Groups> {
  const all = new Map<ApplicationId, Groups>();
  const of = (id: ApplicationId): Groups => {
    const known = all.get(id) ?? { messages: [], runs: [] };
    all.set(id, known);
    return known;
  };
  for (const group of messages) of(group.applicationId).messages.push(group);
  for (const group of runs) of(group.applicationId).runs.push(group);
  return all;
}

function waitingIn({ runs }: Groups, isClosed: boolean): Waiting {
  const pending = runs.filter(({ notes }) => notes === 0);
  const least = (times: readonly (number | undefined)[]): number | undefined => {
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
  };
  const waits = pending.filter(({ state, isDue }) => state === 'waiting' && !isDue);
  const parked = pending.filter(({ state }) => state === 'parked');
  const nextDueMs = least(waits.map((run) => run.nextDueMs));
  const parkedSinceMs = least(parked.filter((run) => !run.isOverdue).map((run) => run.sinceMs));
  const others = pending.length - waits.length - parked.length - pending.filter((run) => run.isTakenOver).length;
  return {
    isClosed,
    isMoving: others > 0,
    ...(nextDueMs === undefined ? {} : { nextDueMs }),
    ...(parkedSinceMs === undefined ? {} : { parkedSinceMs }),
  };
}

const COLUMNS = [
  'minute',
  'application_id',
  'counted_at',
  'arrived_at',
  'look_at',
  'difference',
  ...COUNTS.map(({ column }) => column),
];

async function keep(
  client: pg.ClientBase,
  minute: string,
  counted: readonly Counted[],
  arrivedAt: Date | undefined,
  nowMs: number,
): Promise<void> {
  await client.query('DELETE FROM account_minutes WHERE minute = $1', [minute]);
  if (counted.length === 0) return;
  const numbers = COUNTS.map(({ of }) => counted.map(({ account }) => of(account)));
  const values = [
    minute,
    new Date(nowMs),
    arrivedAt ?? null,
    counted.map(({ applicationId }) => applicationId),
    counted.map(({ lookAtMs }) => (lookAtMs === undefined ? null : new Date(lookAtMs))),
    counted.map(({ account }) => differenceOf(account)),
    ...numbers,
  ];
  const arrays = [
    '$4::text[]',
    '$5::timestamptz[]',
    '$6::int[]',
    ...numbers.map((_, at) => `$${String(at + 7)}::int[]`),
  ];
  const names = ['application_id', 'look_at', 'difference', ...COUNTS.map(({ column }) => column)];
  await client.query(
    `INSERT INTO account_minutes (${COLUMNS.join(', ')})
     SELECT $1, application_id, $2, $3, look_at, difference, ${COUNTS.map(({ column }) => column).join(', ')}
     FROM unnest (${arrays.join(', ')}) AS n (${names.join(', ')})`,
    values,
  );
}
