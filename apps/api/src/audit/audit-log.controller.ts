import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { AuditEntryOut, AuditLogQuery, listOf } from '@signpost/contracts';
import { AuditLog, type AuditEntry, type AuditFilter } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { actorOut } from '../access/actor-out.js';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';

@Controller('api/v1/audit-log')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class AuditLogController {
  constructor(
    private readonly log: AuditLog,
    private readonly owned: Owned,
  ) {}

  @Get()
  @Documented({
    id: 'v1.audit-log.list',
    summary: 'List who changed what, newest first',
    needs: 'ops',
    query: AuditLogQuery,
    answers: { 200: listOf(AuditEntryOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @CheckedQuery(AuditLogQuery) query: z.output<typeof AuditLogQuery>,
  ): Promise<ListAnswer<AuditEntryOut>> {
    const rows = await this.log.list(caller.organisationId, pageOf(query), await this.filterOf(caller, query));
    return listAnswer(query, rows, ({ id }) => id, entryOut);
  }

  private async filterOf(caller: Caller, query: z.output<typeof AuditLogQuery>): Promise<AuditFilter> {
    return {
      kind: query.object_type,
      objectId: query.object_id,
      applicationId: query.app_id === undefined ? undefined : await this.owned.applicationId(caller, query.app_id),
      actorKind: query.actor_type,
      actorId: query.actor_id,
      operation: query.operation,
      before: query.before,
      after: query.after,
    };
  }
}

function entryOut({ id, at, actor, operation, object, before, after }: AuditEntry): AuditEntryOut {
  return {
    id,
    timestamp: at.toISOString(),
    actor: actorOut(actor),
    operation,
    object: {
      type: object.kind,
      id: object.id,
      ...(object.applicationId === undefined ? {} : { appId: object.applicationId }),
    },
    before: before === undefined ? null : { ...before },
    after: after === undefined ? null : { ...after },
  };
}
