import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { RecordBatch } from '@signpost/ports';
import { Tiers } from './tiers.js';

/** The transport of the group that reads the tiers. */
export const RETRY_SCHEDULER = Symbol('retry-scheduler');
/** Stands for the topics of all tiers. */
export const ALL_TIERS = 'tiers';

@Controller()
export class TiersController {
  constructor(private readonly tiers: Tiers) {}

  @EventPattern(ALL_TIERS, RETRY_SCHEDULER)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.tiers.take(batch);
  }
}
