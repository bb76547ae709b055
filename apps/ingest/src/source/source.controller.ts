import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { RecordBatch } from '@signpost/ports';
import { SourceIntake } from './source-intake.js';

/** The transport of ingest's consumer group. */
export const INGEST = Symbol('ingest');
/** Stands for all of the platform's topics that are read. */
export const SOURCE = 'source';

@Controller()
export class SourceController {
  constructor(private readonly intake: SourceIntake) {}

  @EventPattern(SOURCE, INGEST)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.intake.take(batch);
  }
}
