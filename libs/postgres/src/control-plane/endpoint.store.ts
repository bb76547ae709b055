import { In, IsNull, type EntityManager } from 'typeorm';
import { isId, newId, type ApplicationId, type ContentFilter, type Endpoint, type EndpointId } from '@signpost/domain';
import {
  EndpointStore,
  type EndpointChange,
  type EndpointFields,
  type KeptEndpoint,
  type ListPage,
} from '@signpost/ports';
import { audit } from '../audit/audit.js';
import type { PostgresDatabase } from '../database.js';
import { ApplicationEntity, EndpointEntity } from '../entities/index.js';
import { beyond, direction, markDirty, orTaken, withColumns } from './changes.js';
import { keepVersions } from './transformation-versions.js';

/** Of an endpoint that is deleted: nothing is signed or sent any more, so nothing secret is kept, sealed or not. */
export const FORGOTTEN = {
  secrets: [],
  retiredSecrets: null,
  headers: null,
  authentication: null,
  tls: null,
  transformation: null,
} satisfies Partial<EndpointEntity>;

export class PostgresEndpointStore extends EndpointStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  create(
    applicationId: ApplicationId,
    fields: EndpointFields,
    secrets: readonly string[],
  ): Promise<KeptEndpoint | undefined> {
    const now = new Date();
    const row: EndpointEntity = {
      id: newId('ep', now.getTime()),
      applicationId,
      ...columns(fields),
      disabledReason: null,
      secrets: [...secrets],
      retiredSecrets: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    return orTaken('uid', fields.uid, () =>
      this.database.transaction(async (manager) => {
        // Held until the commit: a deletion of the application at the same time sees this endpoint, or this sees the deletion.
        const owner = await manager.findOne(ApplicationEntity, {
          where: { id: applicationId, deletedAt: IsNull() },
          lock: { mode: 'pessimistic_read' },
        });
        if (owner === null) return undefined;
        await manager.insert(EndpointEntity, row);
        await markDirty(manager, 'endpoint', row.id);
        await note(manager, undefined, row);
        return kept(row);
      }),
    );
  }

  async get(applicationId: ApplicationId, idOrUid: string): Promise<KeptEndpoint | undefined> {
    const row = await this.database.query((manager) => find(manager, applicationId, idOrUid, false));
    return row === null ? undefined : kept(row);
  }

  async list(applicationId: ApplicationId, page: ListPage): Promise<readonly KeptEndpoint[]> {
    const from = beyond(page) as EndpointId | undefined;
    const rows = await this.database.query((manager) =>
      manager.find(EndpointEntity, {
        where: { applicationId, deletedAt: IsNull(), ...(from === undefined ? {} : { id: from }) },
        order: { id: direction(page) },
        take: page.limit,
      }),
    );
    return rows.map(kept);
  }

  async some(applicationId: ApplicationId, ids: readonly EndpointId[]): Promise<readonly KeptEndpoint[]> {
    const where = { applicationId, id: In([...ids]), deletedAt: IsNull() };
    return (await this.database.query((manager) => manager.findBy(EndpointEntity, where))).map(kept);
  }

  update(
    applicationId: ApplicationId,
    idOrUid: string,
    asked: EndpointChange | ((kept: KeptEndpoint) => EndpointChange | undefined),
  ): Promise<KeptEndpoint | undefined> {
    return orTaken('uid', typeof asked === 'function' ? undefined : asked.uid, () =>
      this.database.transaction(async (manager) => {
        const row = await find(manager, applicationId, idOrUid, true);
        if (row === null) return undefined;
        const before = kept(row);
        const change = typeof asked === 'function' ? asked(before) : asked;
        if (change === undefined) return before;
        const after = withColumns(row, {
          ...columns({ ...before, ...change } as EndpointFields),
          ...(change.secrets === undefined
            ? {}
            : { secrets: [...change.secrets], retiredSecrets: change.retiredSecrets ?? null }),
          // What the owner says replaces what we found, either way.
          ...(change.disabled === undefined ? {} : { disabledReason: null }),
        });
        return kept(await save(manager, after));
      }),
    );
  }

  delete(applicationId: ApplicationId, idOrUid: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const row = await find(manager, applicationId, idOrUid, true);
      if (row === null) return false;
      await save(manager, withColumns(row, { ...FORGOTTEN, deletedAt: new Date() }));
      return true;
    });
  }

  disableAt(id: EndpointId, version: number, reason: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const row = await manager.findOne(EndpointEntity, {
        where: { id, version, disabled: false, deletedAt: IsNull() },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) return false;
      await save(manager, withColumns(row, { disabled: true, disabledReason: reason }));
      return true;
    });
  }

  forgetExpiredSecrets(nowMs: number): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.query<{ id: string }[]>(FORGET_EXPIRED, [nowMs, FORGOTTEN_AT_ONCE]);
      await markDirty(manager, 'endpoint', ...rows.map(({ id }) => id));
      return rows.length;
    });
  }
}

const FORGOTTEN_AT_ONCE = 1_000;
// Whoever changes an endpoint at the same time leaves its expired secrets to the next round.
const FORGET_EXPIRED = `
  WITH expired AS (
    SELECT id FROM endpoints
    WHERE retired_secrets IS NOT NULL AND EXISTS (
      SELECT FROM jsonb_array_elements(retired_secrets) AS one WHERE (one ->> 'expiresAtMs')::numeric <= $1
    )
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    UPDATE endpoints SET retired_secrets = (
      SELECT jsonb_agg(one ORDER BY place)
      FROM jsonb_array_elements(retired_secrets) WITH ORDINALITY AS all_of_them (one, place)
      WHERE (one ->> 'expiresAtMs')::numeric > $1
    )
    FROM expired WHERE endpoints.id = expired.id
    RETURNING endpoints.id
  )
  SELECT id FROM forgotten`;

async function save(manager: EntityManager, row: EndpointEntity): Promise<EndpointEntity> {
  const after = withColumns(row, { version: row.version + 1, updatedAt: new Date() });
  // As it stands until the update: whoever saves has locked it.
  const before = await manager.findOneByOrFail(EndpointEntity, { id: row.id });
  await manager.update(EndpointEntity, { id: row.id }, after);
  await keepVersions(manager, before, after);
  await markDirty(manager, 'endpoint', row.id);
  await note(manager, before, after);
  return after;
}

function operationOf(before: EndpointEntity | undefined, after: EndpointEntity): string {
  if (before === undefined) return 'endpoint.create';
  if (after.deletedAt !== null) return 'endpoint.delete';
  return before.disabledReason === null && after.disabledReason !== null ? 'endpoint.disable' : 'endpoint.update';
}

function note(manager: EntityManager, before: EndpointEntity | undefined, after: EndpointEntity): Promise<void> {
  const { id, applicationId } = after;
  const isGone = after.deletedAt !== null;
  return audit(manager, {
    operation: operationOf(before, after),
    object: { kind: 'endpoint', id, applicationId },
    before,
    after: isGone ? undefined : after,
  });
}

async function find(
  manager: EntityManager,
  applicationId: ApplicationId,
  idOrUid: string,
  forUpdate: boolean,
): Promise<EndpointEntity | null> {
  const lock = forUpdate ? { lock: { mode: 'pessimistic_write' as const } } : {};
  if (isId('ep', idOrUid)) {
    const byId = await manager.findOne(EndpointEntity, {
      where: { id: idOrUid, applicationId, deletedAt: IsNull() },
      ...lock,
    });
    if (byId !== null) return byId;
  }
  return manager.findOne(EndpointEntity, { where: { uid: idOrUid, applicationId, deletedAt: IsNull() }, ...lock });
}

function columns(fields: EndpointFields) {
  return {
    uid: fields.uid ?? null,
    url: fields.url,
    description: fields.description,
    disabled: fields.disabled,
    eventTypes: fields.eventTypes === undefined ? null : [...fields.eventTypes],
    channels: fields.channels === undefined ? null : [...fields.channels],
    filters: fields.filters ?? null,
    metadata: { ...fields.metadata },
    throttleRate: fields.throttleRate ?? null,
    retrySchedule: [...fields.retrySchedule],
    tls: fields.tls ?? null,
    permission: fields.permission ?? null,
    notifyEmails: fields.notifyEmails === undefined ? null : [...fields.notifyEmails],
    ordering: fields.ordering ?? null,
    headers: fields.headers ?? null,
    authentication: fields.authentication ?? null,
    timeouts: fields.timeouts ?? null,
    paused: fields.paused ?? null,
    transformation: fields.transformation ?? null,
  };
}

function kept(row: EndpointEntity): KeptEndpoint {
  return {
    ...withoutTransformation(endpointState(row)),
    ...(row.transformation === null ? {} : { transformation: row.transformation }),
    description: row.description,
    metadata: row.metadata,
    ...(row.disabledReason === null ? {} : { disabledReason: row.disabledReason }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** What the data plane knows of it. */
export function endpointState(row: EndpointEntity): Endpoint {
  return {
    id: row.id,
    applicationId: row.applicationId,
    version: row.version,
    ...(row.uid === null ? {} : { uid: row.uid }),
    url: row.url,
    disabled: row.disabled,
    ...(row.eventTypes === null ? {} : { eventTypes: row.eventTypes }),
    ...(row.channels === null ? {} : { channels: row.channels }),
    ...(row.filters === null ? {} : { filters: row.filters as readonly ContentFilter[] }),
    secrets: row.secrets,
    ...(row.retiredSecrets === null ? {} : { retiredSecrets: row.retiredSecrets }),
    ...(row.headers === null ? {} : { headers: row.headers }),
    ...(row.authentication === null ? {} : { authentication: row.authentication }),
    ...(row.timeouts === null ? {} : { timeouts: row.timeouts }),
    ...(row.paused === null ? {} : { paused: row.paused }),
    retrySchedule: row.retrySchedule,
    ...(row.throttleRate === null ? {} : { throttleRate: row.throttleRate }),
    ...(row.tls === null ? {} : { tls: row.tls }),
    ...(row.permission === null ? {} : { permission: row.permission }),
    ...(row.description === '' ? {} : { description: shortened(row.description) }),
    ...(row.notifyEmails === null ? {} : { notifyEmails: row.notifyEmails }),
    ...(row.ordering === null ? {} : { ordering: row.ordering }),
    ...transformationState(row),
  };
}

/** Nothing of one that is switched off. */
function transformationState({ transformation }: EndpointEntity): Pick<Endpoint, 'transformation'> {
  if (transformation?.enabled !== true) return {};
  const { version, sealedCode } = transformation;
  return { transformation: { version, sealedCode } };
}

function withoutTransformation(endpoint: Endpoint): Omit<Endpoint, 'transformation'> {
  const { transformation: _, ...rest } = endpoint;
  return rest;
}

/** Every process holds every endpoint in memory, and only mails show it. */
function shortened(description: string): string {
  return description.length <= SHOWN ? description : `${description.slice(0, SHOWN).toWellFormed()}…`;
}

const SHOWN = 200;
