import { Controller, Get, HttpCode, Inject, Post, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  listOf,
  RecoveryIn,
  RecoveryListQuery,
  RecoveryOut,
  RecoveryPreviewOut,
  RecoveryRecordListQuery,
  RecoveryRecordOut,
} from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { AuditLog, RecoveryStore, type Recovery } from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, CheckedQuery, JsonBody, type Caller } from '@signpost/runtime';
import type { FastifyReply } from 'fastify';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { recordOut, recoveryOut } from './recovery-out.js';
import { RecoveryPreviews } from './recovery-preview.js';
import { RecoveryRequest, type AskedRecovery } from './recovery-request.js';
import { selectsEverything } from './recovery-rules.js';
import { RecoveryWorker } from './recovery-worker.js';
import { REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery.config.js';

@ApiTags('Recovery')
@Controller('api/v1/recovery')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class RecoveriesController {
  constructor(
    private readonly recoveries: RecoveryStore,
    private readonly request: RecoveryRequest,
    private readonly previews: RecoveryPreviews,
    private readonly worker: RecoveryWorker,
    private readonly audit: AuditLog,
    @Inject(REDELIVERY_CONFIG) private readonly config: RedeliveryConfig,
  ) {}

  @Post()
  @HttpCode(202)
  @Documented({
    id: 'v1.recovery.create',
    summary: 'Send what is selected again: dead letters, what has ended, or the past to a new endpoint',
    description:
      'With `dryRun` nothing is sent: the answer is 200, and says how many it would be, of which endpoints and reasons, and what to know ' +
      'before. In earnest whichever process has time works on it. Two recoveries over the same records send each of them once: the one ' +
      'that comes second leaves it out.',
    needs: 'ops',
    body: RecoveryIn,
    findsByBody: true,
    answers: { 200: RecoveryPreviewOut, 202: RecoveryOut },
  })
  async create(
    @CallerOf() caller: Caller,
    @JsonBody(RecoveryIn) body: AskedRecovery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecoveryOut | RecoveryPreviewOut> {
    const plan = await this.request.planOf(caller, body, new Date());
    if (body.dryRun === true) {
      void reply.status(200);
      return this.previews.of(plan, selectsEverything(body));
    }
    const id = newId('qtask', Date.now());
    const { kind, why, selection, toUrl, perSecond, concurrency, onlyWhileHealthy } = plan;
    const object = { kind: 'recovery', id, applicationId: selection.applicationId } as const;
    const after = { kind, why, ...selection, toUrl, perSecond, concurrency, onlyWhileHealthy };
    await this.audit.record(caller.organisationId, 'recovery.create', object, { after });
    const recovery = await this.recoveries.create(id, plan);
    this.worker.wake();
    return this.out(recovery);
  }

  @Get()
  @Documented({
    id: 'v1.recovery.list',
    summary: 'List recoveries, newest first; those that were asked for as background tasks too',
    query: RecoveryListQuery,
    answers: { 200: listOf(RecoveryOut) },
  })
  async list(
    @CallerOf() { organisationId }: Caller,
    @CheckedQuery(RecoveryListQuery) query: z.output<typeof RecoveryListQuery>,
  ): Promise<ListAnswer<RecoveryOut>> {
    const filter = { statuses: query.status === undefined ? undefined : [query.status] };
    const rows = await this.recoveries.list(organisationId, pageOf(query), filter);
    return listAnswer(
      query,
      rows,
      ({ id }) => id,
      (row) => this.out(row),
    );
  }

  @Get(':recoveryId')
  @Documented({
    id: 'v1.recovery.get',
    summary: 'Get a recovery, how far it is, and when it will be through',
    answers: { 200: RecoveryOut },
  })
  async get(@CallerOf() caller: Caller, @FromPath('recoveryId') id: string): Promise<RecoveryOut> {
    return this.out(await this.known(caller, id));
  }

  @Get(':recoveryId/record')
  @Documented({
    id: 'v1.recovery.list-records',
    summary: 'List what became of each record of a recovery, in the order in which it came to them',
    query: RecoveryRecordListQuery,
    answers: { 200: listOf(RecoveryRecordOut) },
  })
  async records(
    @CallerOf() caller: Caller,
    @FromPath('recoveryId') id: string,
    @CheckedQuery(RecoveryRecordListQuery) query: z.output<typeof RecoveryRecordListQuery>,
  ): Promise<ListAnswer<RecoveryRecordOut>> {
    const recovery = await this.known(caller, id);
    const rows = await this.recoveries.records(recovery.id, pageOf(query), { result: query.result });
    return listAnswer(query, rows, ({ sequence }) => String(sequence), recordOut);
  }

  @Post(':recoveryId/pause')
  @HttpCode(200)
  @Documented({
    id: 'v1.recovery.pause',
    summary: 'Let a recovery wait: nothing more is handed over until it is resumed',
    needs: 'ops',
    answers: { 200: RecoveryOut },
  })
  async pause(@CallerOf() caller: Caller, @FromPath('recoveryId') id: string): Promise<RecoveryOut> {
    return this.command(caller, id, 'pause');
  }

  @Post(':recoveryId/resume')
  @HttpCode(200)
  @Documented({
    id: 'v1.recovery.resume',
    summary: 'Let a paused recovery go on where it was',
    needs: 'ops',
    answers: { 200: RecoveryOut },
  })
  async resume(@CallerOf() caller: Caller, @FromPath('recoveryId') id: string): Promise<RecoveryOut> {
    return this.command(caller, id, 'resume');
  }

  @Post(':recoveryId/abort')
  @HttpCode(200)
  @Documented({
    id: 'v1.recovery.abort',
    summary: 'End a recovery for good: nothing more is handed over, and what has been goes on',
    needs: 'ops',
    answers: { 200: RecoveryOut },
  })
  async abort(@CallerOf() caller: Caller, @FromPath('recoveryId') id: string): Promise<RecoveryOut> {
    return this.command(caller, id, 'abort');
  }

  private async command(caller: Caller, id: string, command: 'pause' | 'resume' | 'abort'): Promise<RecoveryOut> {
    const known = await this.known(caller, id);
    const object = { kind: 'recovery', id: known.id, applicationId: known.selection.applicationId } as const;
    await this.audit.record(caller.organisationId, `recovery.${command}`, object, {});
    const done = found(await this.recoveries.command(caller.organisationId, id, command), `Recovery ${id}`);
    if (done.step.kind === 'refused') throw refused(id, command, done.step.status);
    this.worker.wake();
    return this.out(done.recovery);
  }

  private async known({ organisationId }: Caller, id: string): Promise<Recovery> {
    return found(await this.recoveries.get(organisationId, id), `Recovery ${id}`);
  }

  private out(recovery: Recovery): RecoveryOut {
    return recoveryOut(recovery, this.config.perSecond);
  }
}

const refused = (id: string, command: string, status: string): ApiError =>
  new ApiError(
    409,
    'recovery_ended',
    `${id} is ${status}, so that it cannot be asked to ${command}. Ask for a new recovery with the same selection: what has arrived or is on its way is left out.`,
  );
