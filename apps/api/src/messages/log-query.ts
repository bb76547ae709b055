import { Injectable } from '@nestjs/common';
import type { MessageListQuery } from '@signpost/contracts';
import type { ApplicationId } from '@signpost/domain';
import { DeliveryLogReader, SearchTooWideError, type LogPage, type MessageFilter } from '@signpost/ports';
import { ValidationError } from '@signpost/runtime';
import type * as z from 'zod';
import { pageOf } from '../http/pages.js';

type Query = z.output<typeof MessageListQuery>;

/** What a list's query asks of the log. */
@Injectable()
export class LogQuery {
  constructor(private readonly log: DeliveryLogReader) {}

  page(query: Query): LogPage {
    return { ...pageOf(query), before: query.before, after: query.after, withContent: query.with_content };
  }

  /** @throws ValidationError when the search finds too much */
  async filter(applicationId: ApplicationId, query: Query): Promise<MessageFilter> {
    const { search, event_types: eventTypes, channel, tag } = query;
    return {
      ...(eventTypes === undefined ? {} : { eventTypes: [...new Set(eventTypes)] }),
      ...(channel === undefined ? {} : { channel }),
      ...(tag === undefined ? {} : { tag }),
      ...(search === undefined ? {} : { messageIds: await this.found(applicationId, search) }),
    };
  }

  private async found(applicationId: ApplicationId, search: string) {
    try {
      return await this.log.messageIds(applicationId, search);
    } catch (error) {
      if (!(error instanceof SearchTooWideError)) throw error;
      throw new ValidationError([{ loc: ['query', 'search'], msg: error.message, type: error.code }]);
    }
  }
}
