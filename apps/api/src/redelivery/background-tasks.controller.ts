import { Controller, Get, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BackgroundTaskListQuery, BackgroundTaskOut, listOf } from '@signpost/contracts';
import type { OrganisationId } from '@signpost/domain';
import { AuditLog, RecoveryStore, type Recovery } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { backgroundTaskOut, STATUSES_OF_TASK } from './background-task-out.js';

@ApiTags('Background Tasks')
@Controller('api/v1/background-task')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class BackgroundTasksController {
  constructor(
    private readonly recoveries: RecoveryStore,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Documented({
    id: 'v1.background-task.list',
    summary: 'List background tasks, newest first',
    query: BackgroundTaskListQuery,
    answers: { 200: listOf(BackgroundTaskOut) },
  })
  async list(
    @CallerOf() { organisationId }: Caller,
    @CheckedQuery(BackgroundTaskListQuery) query: z.output<typeof BackgroundTaskListQuery>,
  ): Promise<ListAnswer<BackgroundTaskOut>> {
    const isEmpty = query.task !== undefined && query.task !== 'endpoint.recover';
    const statuses = query.status === undefined ? undefined : STATUSES_OF_TASK[query.status];
    const filter = { onlyTasks: true, statuses };
    const rows = isEmpty ? [] : await this.recoveries.list(organisationId, pageOf(query), filter);
    return listAnswer(query, rows, ({ id }) => id, backgroundTaskOut);
  }

  @Get(':taskId')
  @Documented({
    id: 'v1.background-task.get',
    summary: 'Get a background task, and how far it is',
    answers: { 200: BackgroundTaskOut },
  })
  async get(@CallerOf() { organisationId }: Caller, @FromPath('taskId') id: string): Promise<BackgroundTaskOut> {
    return backgroundTaskOut(await this.task(organisationId, id));
  }

  @Post(':taskId/cancel')
  @HttpCode(200)
  @Documented({
    id: 'v1.background-task.cancel',
    summary: 'Stop a background task: nothing more is handed over. One that has ended stays as it is',
    needs: 'ops',
    answers: { 200: BackgroundTaskOut },
  })
  async cancel(@CallerOf() { organisationId }: Caller, @FromPath('taskId') id: string): Promise<BackgroundTaskOut> {
    const { selection } = await this.task(organisationId, id);
    const object = { kind: 'background-task', id, applicationId: selection.applicationId } as const;
    await this.audit.record(organisationId, 'background-task.cancel', object, {});
    await this.recoveries.command(organisationId, id, 'abort');
    return backgroundTaskOut(await this.task(organisationId, id));
  }

  /** A recovery that was asked for otherwise is no background task. */
  private async task(organisationId: OrganisationId, id: string): Promise<Recovery> {
    const known = await this.recoveries.get(organisationId, id);
    return found(known?.task === undefined ? undefined : known, `Background task ${id}`);
  }
}
