import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ExplainOut, ExplainQuery } from '@signpost/contracts';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Explanations } from './explanations.js';

@Controller('api/v1/explain')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class ExplainController {
  constructor(private readonly explanations: Explanations) {}

  @Get(':anyId')
  @Documented({
    id: 'v1.explain.get',
    summary: 'Explain why a message did or did not arrive, endpoint by endpoint, and what happens next',
    description:
      "By a message's id (which is the webhook-id of its requests), a delivery's or an attempt's, the event's own id, or " +
      "topic:partition:offset of a record of the platform's own topics.",
    portal: 'ViewBase',
    query: ExplainQuery,
    answers: { 200: ExplainOut },
  })
  get(
    @CallerOf() caller: Caller,
    @FromPath('anyId') anyId: string,
    @CheckedQuery(ExplainQuery) query: z.output<typeof ExplainQuery>,
  ): Promise<ExplainOut> {
    return this.explanations.of(caller, anyId, query);
  }
}
