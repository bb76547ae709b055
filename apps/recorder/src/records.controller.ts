import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { Recording } from './recording.js';

/** The transport of the recorder's consumer group. */
export const RECORDER = Symbol('recorder');

@Controller()
export class RecordsController {
  constructor(private readonly recording: Recording) {}

  @EventPattern(TOPICS.messages, RECORDER)
  messages(@Payload() batch: RecordBatch): void {
    this.recording.take(batch, 'message');
  }

  @EventPattern(TOPICS.messagesBulk, RECORDER)
  bulk(@Payload() batch: RecordBatch): void {
    this.recording.take(batch, 'message');
  }

  @EventPattern(TOPICS.journal, RECORDER)
  journal(@Payload() batch: RecordBatch): void {
    this.recording.take(batch, 'fact');
  }
}
