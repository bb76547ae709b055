import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { isId, timeOfId, type ApplicationId } from '@signpost/domain';
import { DeliveryLogReader, type LoggedMessage } from '@signpost/ports';
import { found } from '../owned.js';

const WAIT_MS = 2_000;
const POLL_MS = 50;
/** An id older than this has been in the log for long, or never will be. */
const FRESH_MS = 30_000;

/**
 * Finds messages in the log, which is written a moment after a message is accepted: an id that was just given
 * out is waited for, so that nobody meets a 404 for what they were told exists.
 */
@Injectable()
export class MessageLookup {
  constructor(private readonly log: DeliveryLogReader) {}

  /** @throws ApiError 404 */
  async find(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const message = await this.log.message(applicationId, idOrEventId);
      if (message !== undefined || !isFresh(idOrEventId, Date.now()) || performance.now() >= until) {
        return found(message, `Message ${idOrEventId}`);
      }
      await wait(POLL_MS);
    }
  }
}

function isFresh(id: string, nowMs: number): boolean {
  return isId('msg', id) && Math.abs(nowMs - (timeOfId(id) ?? 0)) < FRESH_MS;
}
