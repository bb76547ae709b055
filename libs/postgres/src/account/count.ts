import type pg from 'pg';
import {
  accountOf,
  differenceOf,
  lowestId,
  nextLookMs,
  type Account,
  type ApplicationId,
  type Waiting,
} from '@signpost/domain';
import { COUNTS } from './columns.js';
import { lookAtMessages, lookAtRuns, type MessagesLookedAt, type RunsLookedAt } from './look.js';
import { MINUTE_MS } from './rows.js';

interface Counted {
  readonly applicationId: ApplicationId;
  readonly account: Account;
  readonly lookAtMs: number | undefined;
}

/**
 * Counts one minute anew, in a transaction of the caller's. Its marks go first: what is written from then on leaves a mark
 * of its own, and what was written before is seen by the statements that follow.
 */
export async function countMinute(
  client: pg.ClientBase,
  minute: number,
  { settledMs, nowMs }: { readonly settledMs: number | undefined; readonly nowMs: number },
): Promise<void> {
  const arrivedAt = await takeMarks(client, minute);
  const span = { fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS };
  const isClosed =
    settledMs !== undefined && settledMs > span.toMs && (arrivedAt === undefined || settledMs > arrivedAt.getTime());
  const messages = await lookAtMessages(client, undefined, span);
  const runs = await lookAtRuns(client, undefined, span, settledMs);
  const counted = [...byApplication(messages, runs)].map(([applicationId, groups]) => ({
    applicationId,
    account: accountOf(groups.messages, groups.runs, isClosed),
    lookAtMs: nextLookMs(waitingIn(groups, isClosed), nowMs),
  }));
  await keep(client, lowestId('msg', span.fromMs), counted, arrivedAt, nowMs);
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
