import { derivedId, newId } from '@signpost/domain';
import type { MessageRecord } from '@signpost/contracts';
import { SinkClosedError } from '@signpost/kafka';
import { SinkUnavailableError, type RecordSink } from '@signpost/ports';
import { ApiError, requestTrace, type KeyedRequest } from '@signpost/runtime';
import type { IngestConfig } from '../ingest.config.js';
import { traced, type MessageTraces } from '../message-traces.js';
import { outgoingMessage } from '../outgoing-message.js';
import type { IntakeQuotas, QuotedApplication } from '../quotas/intake-quotas.js';
import { fieldOf, messageOf, type Draft } from './draft.js';
import type { EventIdReservations, Published } from './event-id-reservations.js';

const RETRY_AFTER_SECONDS = 1;

export interface PublisherParts {
  readonly sink: RecordSink;
  readonly reservations: EventIdReservations;
  readonly quotas: Pick<IntakeQuotas, 'wayOf'>;
  readonly config: Pick<IngestConfig, 'ackTimeoutMs' | 'payloadLimitBytes'>;
  readonly traces: MessageTraces;
}

/** Names messages and writes them: they are accepted once Kafka has every one. */
export class Publisher {
  constructor(private readonly parts: PublisherParts) {}

  /**
   * All of them or none. A repeat of a request with an Idempotency-Key names its messages as the request did.
   * @throws ApiError 413 for a payload above the limit, 409 for a repeated event id, 503 when Kafka does not take all of
   * them in time
   */
  async publish(
    application: QuotedApplication,
    drafts: readonly Draft[],
    nowMs: number,
    key?: KeyedRequest,
  ): Promise<Published> {
    for (const draft of drafts) this.checkSize(draft);
    const messages = drafts.map((draft, index) => {
      const id =
        key === undefined ? newId('msg', nowMs) : derivedId('msg', key.firstAtMs, 'key', key.identity, String(index));
      return messageOf(draft, id, application.id);
    });
    if (messages.every(({ eventId }) => eventId === undefined)) {
      await this.produce(application, messages);
      return { ids: messages.map(({ id }) => id), isChecked: true };
    }
    return this.parts.reservations.during(
      messages,
      (index) => fieldOf(drafts[index] ?? {}, 'eventId'),
      (named) => this.produce(application, named),
    );
  }

  private async produce(application: QuotedApplication, messages: readonly MessageRecord[]): Promise<void> {
    const { sink, config, quotas, traces } = this.parts;
    const trace = requestTrace();
    const acks = messages.map((message) => {
      const way = quotas.wayOf(application, message, 'http');
      const ack = sink.appendWithin(outgoingMessage(traced(message, trace), way), config.ackTimeoutMs);
      if (trace?.isSampled !== true) return ack;
      const startMs = Date.now();
      return ack.then(() => traces.sent({ message, way, startMs }, trace));
    });
    // All are waited for, so that none is left to fail unheard.
    const failed = (await Promise.allSettled(acks)).find((ack) => ack.status === 'rejected');
    if (failed !== undefined) throw answerFor(failed.reason);
  }

  private checkSize(draft: Draft): void {
    const limit = this.parts.config.payloadLimitBytes;
    const { length } = draft.payload;
    if (length <= limit) return;
    throw new ApiError(
      413,
      'payload_too_large',
      `${fieldOf(draft, 'payload')} has ${String(length)} bytes; the limit is ${String(limit)}. Send a smaller payload: put large content elsewhere and send a link to it.`,
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
