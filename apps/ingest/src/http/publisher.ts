import { newId, type Application } from '@signpost/domain';
import type { MessageIn, MessageRecord } from '@signpost/contracts';
import { SinkClosedError } from '@signpost/kafka';
import { SinkUnavailableError, type RecordSink } from '@signpost/ports';
import { ApiError } from '@signpost/runtime';
import type { IngestConfig } from '../ingest.config.js';
import { outgoingMessage } from '../outgoing-message.js';

/** What came in, with the payload's own bytes. */
export interface Draft {
  readonly message: MessageIn;
  readonly payload: Buffer;
}

const RETRY_AFTER_SECONDS = 1;

/** Names messages and writes them: they are accepted once Kafka has every one. */
export class Publisher {
  constructor(
    private readonly sink: RecordSink,
    private readonly config: Pick<IngestConfig, 'ackTimeoutMs' | 'payloadLimitBytes'>,
  ) {}

  /** @throws ApiError 413 for a payload above the limit, 503 when Kafka does not take all of them in time */
  async publish(application: Application, drafts: readonly Draft[], nowMs: number): Promise<readonly MessageRecord[]> {
    drafts.forEach(({ payload }, index) => {
      this.checkSize(payload, drafts.length > 1 ? `data[${String(index)}].payload` : 'payload');
    });
    const messages = drafts.map(({ message, payload }): MessageRecord => ({
      id: newId('msg', nowMs),
      applicationId: application.id,
      eventType: message.eventType,
      acceptedAtMs: nowMs,
      payload,
      ...(message.eventId == null ? {} : { eventId: message.eventId }),
      ...(message.channels == null ? {} : { channels: message.channels }),
      ...(message.conversationId == null ? {} : { conversationId: message.conversationId }),
    }));
    const acks = messages.map((message) => this.sink.appendWithin(outgoingMessage(message), this.config.ackTimeoutMs));
    // All are waited for, so that none is left to fail unheard.
    const failed = (await Promise.allSettled(acks)).find((ack) => ack.status === 'rejected');
    if (failed !== undefined) throw answerFor(failed.reason);
    return messages;
  }

  private checkSize(payload: Buffer, what: string): void {
    const limit = this.config.payloadLimitBytes;
    if (payload.length <= limit) return;
    throw new ApiError(
      413,
      'payload_too_large',
      `${what} has ${String(payload.length)} bytes; the limit is ${String(limit)}. Send a smaller payload: put large content elsewhere and send a link to it.`,
    );
  }
}

function answerFor(error: unknown): unknown {
  if (!(error instanceof SinkUnavailableError) && !(error instanceof SinkClosedError)) return error;
  return new ApiError(
    503,
    'kafka_unavailable',
    'Kafka did not confirm, so nothing is promised of what was sent. Send all of it again after the time in Retry-After.',
    RETRY_AFTER_SECONDS,
  );
}
