import { Controller, Get, Put, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { listOf, RejectedContentOut, RejectedCorrectionIn, RejectedListQuery, RejectedOut } from '@signpost/contracts';
import { AuditLog, RejectedIndex, type Correction, type IndexedRejection } from '@signpost/ports';
import { acting, ApiError, ApiKeyGuard, CallerOf, CheckedQuery, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { rejectedContentOut, rejectedOut } from './rejected-out.js';
import { RejectedRecords } from './rejected-records.js';

@ApiTags('Rejected')
@Controller('api/v1/rejected')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class RejectedController {
  constructor(
    private readonly index: RejectedIndex,
    private readonly records: RejectedRecords,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Documented({
    id: 'v1.rejected.list',
    summary: 'List records of the platform’s topics that intake refused, the latest first',
    description:
      'Those of the organisation whose source they came from. A recovery of the kind "rejected" sends them on their way again.',
    needs: 'ops',
    query: RejectedListQuery,
    answers: { 200: listOf(RejectedOut) },
  })
  async list(
    @CallerOf() { organisationId }: Caller,
    @CheckedQuery(RejectedListQuery) query: z.output<typeof RejectedListQuery>,
  ): Promise<ListAnswer<RejectedOut>> {
    const { code, topic, since, until, state } = query;
    const selection = {
      organisationId,
      ...(code === undefined ? {} : { codes: [code] }),
      ...(topic === undefined ? {} : { topics: [topic] }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(state === 'all' ? {} : { state }),
    };
    return listAnswer(query, await this.index.list(selection, pageOf(query)), ({ id }) => id, rejectedOut);
  }

  @Get(':rejectedId')
  @Documented({
    id: 'v1.rejected.get',
    summary: 'Get a rejected record with its headers, its value, and what was corrected',
    needs: 'ops',
    answers: { 200: RejectedContentOut },
  })
  async get(@CallerOf() caller: Caller, @FromPath('rejectedId') id: string): Promise<RejectedContentOut> {
    return this.contentOf(caller, await this.known(caller, id));
  }

  @Put(':rejectedId/correction')
  @Documented({
    id: 'v1.rejected.correct',
    summary: 'Correct a rejected record: what is sent in place of its value or headers',
    description: 'Nothing is sent by this: a recovery of the kind "rejected" does.',
    needs: 'ops',
    body: RejectedCorrectionIn,
    answers: { 200: RejectedContentOut },
  })
  async correct(
    @CallerOf() caller: Caller,
    @FromPath('rejectedId') id: string,
    @JsonBody(RejectedCorrectionIn) body: z.output<typeof RejectedCorrectionIn>,
  ): Promise<RejectedContentOut> {
    const { organisationId } = caller;
    const known = await this.known(caller, id);
    const correction = correctionOf(body);
    const after = { value: body.value == null ? null : 'corrected', headers: Object.keys(body.headers ?? {}) };
    await this.audit.record(organisationId, 'rejected.correct', { kind: 'rejected', id: known.id }, { after });
    if (!(await this.index.correct(organisationId, known.id, correction, acting().actor))) {
      throw new ApiError(
        409,
        'rejected_redriven',
        `${id} is on its way again, so that it cannot be corrected now. If it is rejected again, it is open again.`,
      );
    }
    return this.contentOf(caller, await this.known(caller, id));
  }

  private async known({ organisationId }: Caller, id: string): Promise<IndexedRejection> {
    return found(await this.index.get(organisationId, id), `Rejected record ${id}`);
  }

  private async contentOf({ organisationId }: Caller, rejection: IndexedRejection): Promise<RejectedContentOut> {
    const correction = await this.index.correction(organisationId, rejection.id);
    return rejectedContentOut(rejection, await this.records.read(rejection.position, rejection.source), correction);
  }
}

/** Undefined where it corrects nothing. */
function correctionOf({ value, headers }: z.output<typeof RejectedCorrectionIn>): Correction | undefined {
  if (value == null && (headers == null || Object.keys(headers).length === 0)) return undefined;
  return {
    ...(value == null ? {} : { value: Buffer.from(value) }),
    ...(headers == null ? {} : { headers }),
  };
}
