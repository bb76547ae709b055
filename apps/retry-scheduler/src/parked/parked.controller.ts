import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Releases } from './releases.js';

/** The transport of the group that reads `parked`. */
export const PARKED_RELEASE = Symbol('parked-release');

@Controller()
export class ParkedController {
  constructor(private readonly releases: Releases) {}

  @EventPattern(TOPICS.parked, PARKED_RELEASE)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.releases.take(batch);
  }
}
