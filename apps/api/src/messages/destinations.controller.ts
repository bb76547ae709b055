import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DestinationListQuery, listOf, MessageEndpointOut } from '@signpost/contracts';
import {
  DeliveryLogReader,
  EndpointStore,
  type KeptEndpoint,
  type ListPage,
  type LoggedDelivery,
} from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { LaneProjection } from '../lane-projection.js';
import { endpointOut, type HealthMemory } from '../endpoints/endpoint-out.js';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { deliveryStatusOut } from './delivery-status-out.js';
import { MessageLookup } from './message-lookup.js';

@ApiTags('Message Attempt')
@Controller('api/v1/app/:appId/msg/:messageId/endpoint')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class DestinationsController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly endpoints: EndpointStore,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
    private readonly lanes: LaneProjection,
  ) {}

  @Get()
  @Documented({
    id: 'v1.message-attempt.list-attempted-destinations',
    summary: 'List the endpoints that a message goes to, and how far each delivery is',
    portal: 'ViewBase',
    query: DestinationListQuery,
    answers: { 200: listOf(MessageEndpointOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @CheckedQuery(DestinationListQuery) query: z.output<typeof DestinationListQuery>,
  ): Promise<ListAnswer<MessageEndpointOut>> {
    const application = await this.owned.application(caller, appId);
    const message = await this.lookup.find(application.id, messageId);
    const deliveries = await this.log.deliveriesOfMessage(application.id, message.id);
    const ids = deliveries.map(({ endpointId }) => endpointId);
    const endpoints = new Map((await this.endpoints.some(application.id, ids)).map((kept) => [kept.id, kept]));
    // A deleted endpoint is not listed; what was owed to it shows in the message's attempts.
    const rows = deliveries.flatMap((delivery) => {
      const endpoint = endpoints.get(delivery.endpointId);
      return endpoint === undefined ? [] : [{ endpoint, delivery }];
    });
    const asked = { ...query, order: 'ascending' as const };
    return listAnswer(
      asked,
      pageFrom(rows, pageOf(asked)),
      ({ endpoint }) => endpoint.id,
      (row) => destinationOut(row, this.lanes.memoryOf(row.endpoint.id)),
    );
  }
}

interface Destination {
  readonly endpoint: KeptEndpoint;
  readonly delivery: LoggedDelivery;
}

/** `rows` in ascending order of their endpoints. */
function pageFrom(rows: readonly Destination[], { order, beyond, limit }: ListPage): readonly Destination[] {
  const inOrder = order === 'ascending' ? rows : [...rows].reverse();
  const rest = inOrder.filter(({ endpoint: { id } }) => {
    if (beyond === undefined) return true;
    return order === 'ascending' ? id > beyond : id < beyond;
  });
  return rest.slice(0, limit);
}

function destinationOut({ endpoint, delivery }: Destination, memory: HealthMemory | undefined): MessageEndpointOut {
  return { ...endpointOut(endpoint, memory), ...deliveryStatusOut(delivery) };
}
