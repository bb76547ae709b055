import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Matching } from './matching.js';

/** The transport of the matcher's consumer group. */
export const MATCHER = Symbol('matcher');

@Controller()
export class MessagesController {
  constructor(private readonly matching: Matching) {}

  @EventPattern([TOPICS.messages, TOPICS.messagesBulk], MATCHER)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.matching.take(batch);
  }
}
