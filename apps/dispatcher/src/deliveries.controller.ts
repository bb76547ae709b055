import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Dispatch } from './dispatch.js';

/** The transport of the dispatcher's consumer group. */
export const DISPATCHER = Symbol('dispatcher');

@Controller()
export class DeliveriesController {
  constructor(private readonly dispatch: Dispatch) {}

  @EventPattern(TOPICS.deliveries, DISPATCHER)
  fresh(@Payload() batch: RecordBatch): void {
    this.dispatch.take(batch, 'fresh');
  }

  @EventPattern(TOPICS.returning, DISPATCHER)
  returning(@Payload() batch: RecordBatch): void {
    this.dispatch.take(batch, 'returning');
  }
}
