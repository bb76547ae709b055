import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { isId, type ApplicationId, type MessageId } from '@signpost/domain';
import { DeliveryLogReader, LogProgress, type LoggedAttempt, type LoggedMessage } from '@signpost/ports';
import { ApiError, notFound } from '@signpost/runtime';
import { found } from '../owned.js';

const WAIT_MS = 5_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 200;
/** Requests that wait at once; one more is told at once to come again. */
const MOST_WAITING = 64;
const RETRY_AFTER_SECONDS = 2;

/**
 * Finds things in the log, which is written a moment after they happen. What is not there is waited for until the log
 * holds all that had happened before: what is missing then does not exist. A log that stays behind is never taken for
 * a 404, so that nobody meets one for what they were just told exists.
 */
@Injectable()
export class MessageLookup {
  private waiting = 0;

  constructor(
    private readonly log: DeliveryLogReader,
    private readonly progress: LogProgress,
  ) {}

  /**
   * By its id or by the id of its event.
   * @throws ApiError 404; 503 while the log is behind
   */
  find(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage> {
    return this.eventually(`Message ${idOrEventId}`, () => this.log.message(applicationId, idOrEventId));
  }

  /** @throws ApiError 404; 503 while the log is behind */
  async attempt(applicationId: ApplicationId, messageId: MessageId, id: string): Promise<LoggedAttempt> {
    const what = `Attempt ${id}`;
    // Any other text is the id of no attempt, however long anybody waits.
    if (!isId('atmpt', id)) return found<LoggedAttempt>(undefined, what);
    return this.eventually(what, () => this.log.attempt(applicationId, messageId, id));
  }

  /**
   * What `read` finds, at the latest once the log holds all that had happened before.
   * @throws ApiError `missing`, which is 404 unless it is given; 503 while the log is behind
   */
  async eventually<T>(
    what: string,
    read: () => Promise<T | undefined>,
    missing: () => ApiError = () => notFound(what),
  ): Promise<T> {
    const value = await read();
    if (value !== undefined) return value;
    if (this.waiting >= MOST_WAITING) throw behind(what);
    this.waiting += 1;
    try {
      return await this.whileBehind(what, read, missing);
    } finally {
      this.waiting -= 1;
    }
  }

  private async whileBehind<T>(what: string, read: () => Promise<T | undefined>, missing: () => ApiError): Promise<T> {
    const caughtUp = this.progress.caughtUp(WAIT_MS);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const isCaughtUp = await Promise.race([caughtUp, wait(pauseMs, undefined)]);
      const value = await read();
      if (value !== undefined) return value;
      if (isCaughtUp === true) throw missing();
      if (isCaughtUp === false) throw behind(what);
    }
  }
}

function behind(what: string): ApiError {
  return new ApiError(
    503,
    'log_behind',
    `${what} is not in the delivery log, which is behind at the moment. Deliveries go on; try again in a few seconds.`,
    RETRY_AFTER_SECONDS,
  );
}
