import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Releases } from './releases.js';
import { Sweep } from './sweep.js';

/** The transport of the group that reads `parked` on demand. */
export const PARKED_RELEASE = Symbol('parked-release');

/** The transport of the group that reads it once more, for what was never released. */
export const PARKED_SWEEP = Symbol('parked-sweep');

@Controller()
export class ParkedController {
  constructor(
    private readonly releases: Releases,
    private readonly sweep: Sweep,
  ) {}

  @EventPattern(TOPICS.parked, PARKED_RELEASE)
  take(@Payload() batch: RecordBatch): Promise<void> {
    return this.releases.take(batch);
  }

  @EventPattern(TOPICS.parked, PARKED_SWEEP)
  sweepOut(@Payload() batch: RecordBatch): void {
    this.sweep.take(batch);
  }
}
