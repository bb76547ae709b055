import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RecoverIn, RecoverOut } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { AuditLog, RecoveryStore } from '@signpost/ports';
import { acting, ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { recoverOut } from './background-task-out.js';
import { recoveryWindow } from './recovery-window.js';
import { RecoveryWorker } from './recovery-worker.js';

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId/recover')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class RecoverController {
  constructor(
    private readonly owned: Owned,
    private readonly recoveries: RecoveryStore,
    private readonly worker: RecoveryWorker,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @HttpCode(202)
  @Documented({
    id: 'v1.endpoint.recover',
    summary: "Send all of an endpoint's dead letters of a time again, oldest first, as a background task",
    needs: 'ops',
    portal: 'CreateAttempts',
    body: RecoverIn,
    answers: { 202: RecoverOut },
  })
  async recover(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(RecoverIn) body: z.output<typeof RecoverIn>,
  ): Promise<RecoverOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const window = recoveryWindow(body, new Date());
    const { id, applicationId } = endpoint;
    const object = { kind: 'endpoint', id, applicationId } as const;
    await this.audit.record(caller.organisationId, 'endpoint.recover', object, { after: window });
    const recovery = await this.recoveries.create(newId('qtask', Date.now()), {
      organisationId: caller.organisationId,
      kind: 'redrive',
      selection: { applicationId, endpointId: id, ...window },
      by: acting().actor,
      onlyWhileHealthy: false,
      task: 'endpoint.recover',
    });
    this.worker.wake();
    return recoverOut(recovery);
  }
}
