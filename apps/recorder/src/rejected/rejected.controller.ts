import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { RejectionIndexing } from './rejection-indexing.js';

/** The transport of the group that keeps the index of rejected records. */
export const REJECTED_INDEX = Symbol('rejected-index');

@Controller()
export class RejectedController {
  constructor(private readonly indexing: RejectionIndexing) {}

  @EventPattern(TOPICS.rejected, REJECTED_INDEX)
  rejected(@Payload() batch: RecordBatch): void {
    this.indexing.take(batch);
  }
}
