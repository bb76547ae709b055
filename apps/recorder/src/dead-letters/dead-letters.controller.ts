import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@signpost/contracts';
import type { RecordBatch } from '@signpost/ports';
import { LetterIndexing } from './letter-indexing.js';

/** The transport of the group that keeps the index of dead letters. */
export const DEAD_LETTER_INDEX = Symbol('dead-letter-index');

@Controller()
export class DeadLettersController {
  constructor(private readonly indexing: LetterIndexing) {}

  @EventPattern(TOPICS.deadLetter, DEAD_LETTER_INDEX)
  letters(@Payload() batch: RecordBatch): void {
    this.indexing.take(batch);
  }
}
