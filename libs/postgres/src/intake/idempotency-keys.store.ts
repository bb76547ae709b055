import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { IdempotencyKeys, type KeptAnswer, type KeyClaim, type KeyUse } from '@signpost/ports';
import { arraysOf, names, unnest, type Column } from '../delivery-log/columns.js';
import { Gathered } from './gathered.js';
import { ask } from './intake-pool.js';
import { LEASE_MS, Leases } from './leases.js';

/** How long the Svix API promises to remember a key. */
const KEPT_HOURS = 12;
/** How many answers one statement may write: each may have a megabyte. */
const MOST_ANSWERS = 100;

interface Answered {
  readonly scope: Buffer;
  readonly answer: KeptAnswer;
}

/** One statement for all uses of the same moment, one for all answers. */
export class PostgresIdempotencyKeys extends IdempotencyKeys {
  private readonly holder = randomUUID();
  private readonly claims = new Gathered<KeyUse, KeyClaim>({ work: (uses) => this.claimAll(uses) });
  private readonly answers = new Gathered<Answered, undefined>({
    work: (answered) => this.answerAll(answered),
    most: MOST_ANSWERS,
  });
  private readonly leases = new Leases<Buffer>((scopes) => this.holdUntil('lease', scopes));

  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async claim(use: KeyUse): Promise<KeyClaim> {
    const claim = await this.claims.do(use);
    if (claim.kind === 'held') this.leases.hold(nameOf(use), use.scope);
    return claim;
  }

  async answer(use: KeyUse, answer: KeptAnswer): Promise<void> {
    try {
      await this.answers.do({ scope: use.scope, answer });
    } finally {
      this.leases.end(nameOf(use));
    }
  }

  async free(use: KeyUse): Promise<void> {
    this.leases.end(nameOf(use));
    await this.holdUntil('free', [use.scope]);
  }

  private async claimAll(uses: readonly KeyUse[]): Promise<readonly KeyClaim[]> {
    const values = [...arraysOf(USE, uses), this.holder];
    const rows = await ask<ClaimRow>(this.pool, CLAIM, values);
    const byScope = new Map(rows.map((row) => [row.scope.toString('hex'), row]));
    return uses.map((use) => claimOf(byScope.get(nameOf(use))));
  }

  private async answerAll(answered: readonly Answered[]): Promise<readonly undefined[]> {
    const values = [...arraysOf(ANSWER, answered), this.holder];
    await ask(this.pool, KEEP_ANSWER, values);
    return answered.map(() => undefined);
  }

  private async holdUntil(until: 'lease' | 'free', scopes: readonly Buffer[]): Promise<void> {
    await ask(this.pool, until === 'lease' ? RENEW : FREE, [scopes, this.holder]);
  }
}

const nameOf = ({ scope }: KeyUse): string => scope.toString('hex');

interface ClaimRow {
  readonly scope: Buffer;
  /** Of what was claimed; null when it was not. */
  readonly claimed_at: Date | null;
  readonly first_at: Date | null;
  readonly status: number | null;
  readonly body: Buffer | null;
  readonly same: boolean | null;
}

function claimOf(row: ClaimRow | undefined): KeyClaim {
  if (row?.claimed_at != null) return { kind: 'held', firstAtMs: row.claimed_at.getTime() };
  // Claimed by another transaction after this statement's view of the table: it is being carried out.
  if (row?.first_at == null) return { kind: 'running' };
  if (row.same !== true) return { kind: 'other-request' };
  if (row.status === null) return { kind: 'running' };
  const answer = { status: row.status, body: row.body ?? undefined };
  return { kind: 'answered', firstAtMs: row.first_at.getTime(), answer };
}

const USE: readonly Column<KeyUse>[] = [
  { name: 'scope', type: 'bytea', value: (use) => use.scope },
  { name: 'fingerprint', type: 'bytea', value: (use) => use.fingerprint },
  { name: 'at', type: 'timestamptz', value: (use) => use.atMs },
];

const ANSWER: readonly Column<Answered>[] = [
  { name: 'scope', type: 'bytea', value: ({ scope }) => scope },
  { name: 'status', type: 'smallint', value: ({ answer }) => answer.status },
  { name: 'body', type: 'bytea', value: ({ answer }) => answer.body ?? null },
];

const LEASE = `interval '${String(LEASE_MS)} ms'`;
const AS_BEFORE = 'k.expires_at > now() AND k.fingerprint = excluded.fingerprint';

// In the order of the scopes, so that two such statements never wait for each other in a ring.
const CLAIM = `WITH given AS MATERIALIZED (SELECT ${names(USE)} FROM ${unnest(USE, 'u')}),
  claimed AS (
    INSERT INTO idempotency_keys AS k (scope, fingerprint, first_at, expires_at, holder, held_until)
    SELECT scope, fingerprint, at, now() + interval '${String(KEPT_HOURS)} hours', $4::text, now() + ${LEASE} FROM given ORDER BY scope
    ON CONFLICT (scope) DO UPDATE SET
      fingerprint = excluded.fingerprint,
      first_at = CASE WHEN ${AS_BEFORE} THEN k.first_at ELSE excluded.first_at END,
      expires_at = CASE WHEN ${AS_BEFORE} THEN k.expires_at ELSE excluded.expires_at END,
      holder = excluded.holder,
      held_until = excluded.held_until,
      status = NULL,
      body = NULL
    WHERE k.expires_at <= now() OR (k.status IS NULL AND k.held_until <= now())
    RETURNING scope, first_at)
  SELECT g.scope, c.first_at AS claimed_at, k.first_at, k.status, k.body, k.fingerprint = g.fingerprint AS same
  FROM given g
  LEFT JOIN claimed c ON c.scope = g.scope
  LEFT JOIN idempotency_keys k ON c.scope IS NULL AND k.scope = g.scope`;

const KEEP_ANSWER = `UPDATE idempotency_keys AS k SET status = a.status, body = a.body
  FROM ${unnest(ANSWER, 'a')} WHERE k.scope = a.scope AND k.holder = $4 AND k.status IS NULL`;

const OF_MINE = 'WHERE scope = ANY ($1::bytea[]) AND holder = $2 AND status IS NULL';
const RENEW = `UPDATE idempotency_keys SET held_until = now() + ${LEASE} ${OF_MINE}`;
const FREE = `UPDATE idempotency_keys SET held_until = now() ${OF_MINE}`;
