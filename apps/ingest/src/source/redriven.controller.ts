import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { INGEST } from './source.controller.js';
import { SourceIntake } from './source-intake.js';

/** Rejected records that come back, as their own topics' records. */
@Controller()
export class RedrivenController {
  constructor(private readonly intake: SourceIntake) {}

  @EventPattern(TOPICS.redriven, INGEST)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.intake.takeAgain(batch);
  }
}
