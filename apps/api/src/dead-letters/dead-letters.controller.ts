import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  DeadLetterHistogramOut,
  DeadLetterHistogramQuery,
  DeadLetterListQuery,
  DeadLetterOut,
  listOf,
} from '@signpost/contracts';
import { isId } from '@signpost/domain';
import { DeadLetterIndex } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { pageOf, soughtAnswer, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { deadLetterOut, histogramOut } from './dead-letter-out.js';
import { DeadLetterSelections } from './dead-letter-selection.js';
import { histogramWindow } from './histogram-window.js';

const MOST_CELLS = 2_000;

@ApiTags('Dead Letter')
@Controller('api/v1/dead-letter')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class DeadLettersController {
  constructor(
    private readonly index: DeadLetterIndex,
    private readonly selections: DeadLetterSelections,
  ) {}

  @Get()
  @Documented({
    id: 'v1.dead-letter.list',
    summary: 'List dead letters, the latest first',
    description:
      'A page may be short, or empty, with `done: false`: filters that no single index holds are looked for bit by bit. Go on with `iterator` until `done`.',
    portal: 'ViewBase',
    query: DeadLetterListQuery,
    answers: { 200: listOf(DeadLetterOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @CheckedQuery(DeadLetterListQuery) query: z.output<typeof DeadLetterListQuery>,
  ): Promise<ListAnswer<DeadLetterOut>> {
    const selection = await this.selections.of(caller, query);
    return soughtAnswer(query, await this.index.list(selection, pageOf(query)), ({ id }) => id, deadLetterOut);
  }

  @Get('histogram')
  @Documented({
    id: 'v1.dead-letter.histogram',
    summary: 'Count dead letters by time, endpoint and reason',
    portal: 'ViewBase',
    query: DeadLetterHistogramQuery,
    answers: { 200: DeadLetterHistogramOut },
  })
  async histogram(
    @CallerOf() caller: Caller,
    @CheckedQuery(DeadLetterHistogramQuery) query: z.output<typeof DeadLetterHistogramQuery>,
  ): Promise<DeadLetterHistogramOut> {
    const { bucket } = query;
    const { since, until, bucketMs } = histogramWindow(query, Date.now());
    const selection = await this.selections.of(caller, { ...query, since, until });
    return histogramOut(await this.index.histogram(selection, bucketMs, MOST_CELLS), { bucket, since, until });
  }

  @Get(':deliveryId')
  @Documented({
    id: 'v1.dead-letter.get',
    summary: 'Get the latest dead letter of a delivery',
    portal: 'ViewBase',
    answers: { 200: DeadLetterOut },
  })
  async get(@CallerOf() caller: Caller, @FromPath('deliveryId') deliveryId: string): Promise<DeadLetterOut> {
    const applicationId = await this.selections.applicationId(caller, undefined);
    const { organisationId } = caller;
    const within = { organisationId, ...(applicationId === undefined ? {} : { applicationId }) };
    const letter = isId('dlv', deliveryId) ? await this.index.latest(within, deliveryId) : undefined;
    return deadLetterOut(found(letter, `A dead letter of the delivery ${deliveryId}`));
  }
}
