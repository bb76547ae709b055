import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { MessageId } from '@signpost/domain';
import { EventIds, type EventIdClaim, type EventIdName, type EventIdUse } from '@signpost/ports';
import { arraysOf, names, unnest, type Column } from '../delivery-log/columns.js';
import { Gathered } from './gathered.js';
import { ask } from './intake-pool.js';
import { LEASE_MS, Leases } from './leases.js';

/** One statement for all reservations of the same moment, one for all confirmations. */
export class PostgresEventIds extends EventIds {
  private readonly holder = randomUUID();
  private readonly reservations = new Gathered<readonly EventIdUse[], readonly EventIdClaim[]>({
    work: (requests) => this.reserveAll(requests),
    weight: (uses) => uses.length,
  });
  private readonly confirmations = new Gathered<readonly EventIdName[], undefined>({
    work: (requests) => this.change('confirm', requests),
    weight: (confirmed) => confirmed.length,
  });
  private readonly leases = new Leases<EventIdName>(async (held) => {
    await this.change('renew', [held]);
  });

  /** `windowHours`: how long an event id is remembered. */
  constructor(
    private readonly pool: pg.Pool,
    private readonly windowHours: number,
  ) {
    super();
  }

  async reserve(uses: readonly EventIdUse[]): Promise<readonly EventIdClaim[]> {
    const claims = await this.reservations.do(uses);
    uses.forEach((use, index) => {
      if (claims[index]?.kind === 'reserved') this.leases.hold(nameOf(use), use);
    });
    return claims;
  }

  async confirm(confirmed: readonly EventIdName[]): Promise<void> {
    try {
      await this.confirmations.do(confirmed);
    } finally {
      this.end(confirmed);
    }
  }

  async release(released: readonly EventIdName[]): Promise<void> {
    this.end(released);
    if (released.length > 0) await this.change('release', [released]);
  }

  private end(ended: readonly EventIdName[]): void {
    for (const name of ended) this.leases.end(nameOf(name));
  }

  private async reserveAll(
    requests: readonly (readonly EventIdUse[])[],
  ): Promise<readonly (readonly EventIdClaim[])[]> {
    const values = [...arraysOf(USE, requests.flat()), this.holder, this.windowHours];
    const rows = await ask<ClaimRow>(this.pool, RESERVE, values);
    const claims = new Map(rows.map((row) => [`${row.application_id} ${row.event_id}`, claimOf(row)]));
    return requests.map((uses) => uses.map((use) => claims.get(nameOf(use)) ?? { kind: 'running' }));
  }

  private async change(
    what: keyof typeof CHANGES,
    requests: readonly (readonly EventIdName[])[],
  ): Promise<readonly undefined[]> {
    const values = [...arraysOf(NAME, requests.flat()), this.holder];
    await ask(this.pool, CHANGES[what], values);
    return requests.map(() => undefined);
  }
}

const nameOf = ({ applicationId, eventId }: EventIdName): string => `${applicationId} ${eventId}`;

interface ClaimRow {
  readonly application_id: string;
  readonly event_id: string;
  /** Of what was reserved; null when it was not. */
  readonly reserved: MessageId | null;
  readonly again: boolean | null;
  readonly known: MessageId | null;
  readonly confirmed: boolean | null;
}

function claimOf({ reserved, again, known, confirmed }: ClaimRow): EventIdClaim {
  if (reserved !== null) return { kind: 'reserved', messageId: reserved, again: again === true };
  // What is not to be seen was reserved by another transaction after this statement's view of the table.
  return known !== null && confirmed === true ? { kind: 'taken', messageId: known } : { kind: 'running' };
}

const NAME: readonly Column<EventIdName>[] = [
  { name: 'application_id', type: 'text', value: (use) => use.applicationId },
  { name: 'event_id', type: 'text', value: (use) => use.eventId },
];

const USE: readonly Column<EventIdUse>[] = [
  ...NAME,
  { name: 'message_id', type: 'text', value: (use) => use.messageId },
  { name: 'fingerprint', type: 'bytea', value: (use) => use.fingerprint },
];

const LEASE = `interval '${String(LEASE_MS)} ms'`;
const OVER = "e.reserved_at <= now() - $6::int * interval '1 hour'";
const AS_BEFORE = `NOT (${OVER}) AND e.fingerprint = excluded.fingerprint`;

// In the order of the key, so that two such statements never wait for each other in a ring.
const RESERVE = `WITH given AS MATERIALIZED (SELECT ${names(USE)} FROM ${unnest(USE, 'u')}),
  reserved AS (
    INSERT INTO event_ids AS e (${names(USE)}, reserved_at, holder, held_until, confirmed)
    SELECT ${names(USE)}, now(), $5::text, now() + ${LEASE}, false
    FROM given ORDER BY application_id COLLATE "C", event_id COLLATE "C"
    ON CONFLICT (application_id, event_id) DO UPDATE SET
      message_id = CASE WHEN ${AS_BEFORE} THEN e.message_id ELSE excluded.message_id END,
      reserved_at = CASE WHEN ${AS_BEFORE} THEN e.reserved_at ELSE excluded.reserved_at END,
      fingerprint = excluded.fingerprint,
      holder = excluded.holder,
      held_until = excluded.held_until,
      confirmed = false
    WHERE ${OVER} OR (NOT e.confirmed AND e.held_until <= now())
    RETURNING application_id, event_id, message_id)
  SELECT g.application_id, g.event_id, r.message_id AS reserved, e.message_id AS known, e.confirmed,
    r.message_id IS NOT NULL AND r.message_id = e.message_id AS again
  FROM given g
  LEFT JOIN reserved r ON r.application_id = g.application_id AND r.event_id = g.event_id
  LEFT JOIN event_ids e ON e.application_id = g.application_id AND e.event_id = g.event_id`;

const OF_MINE = `FROM ${unnest(NAME, 'n')}
  WHERE e.application_id = n.application_id AND e.event_id = n.event_id AND e.holder = $3 AND NOT e.confirmed`;

const CHANGES = {
  confirm: `UPDATE event_ids AS e SET confirmed = true ${OF_MINE}`,
  release: `UPDATE event_ids AS e SET held_until = now() ${OF_MINE}`,
  renew: `UPDATE event_ids AS e SET held_until = now() + ${LEASE} ${OF_MINE}`,
} as const;
