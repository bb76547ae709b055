import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Notifier } from './notifier.js';

/** The transport of the notifier's consumer group. */
export const NOTIFIER = Symbol('notifier');

@Controller()
export class JournalController {
  constructor(private readonly notifier: Notifier) {}

  @EventPattern(TOPICS.journal, NOTIFIER)
  journal(@Payload() batch: RecordBatch): Promise<void> {
    return this.notifier.take(batch);
  }
}
