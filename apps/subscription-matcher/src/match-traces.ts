import { MATCHER_GROUP, TOPICS, type MessageRecord } from '@signpost/contracts';
import {
  deliveryIdOf,
  newSpanId,
  newTraceId,
  processMessageSpan,
  readTraceContext,
  sendDeliverySpan,
  traceCarrier,
  type DeliveryId,
  type Endpoint,
  type TraceCarrier,
  type TraceContext,
} from '@signpost/domain';
import {
  ATTRIBUTE,
  OWN_ATTRIBUTE,
  processSpan,
  recordBatch,
  sendSpan,
  type Destination,
  type Tracing,
} from '@signpost/observability';
import type { PartitionLease, RecordBatch, RecordSink } from '@signpost/ports';

/** The trace of a message while it is matched. */
export interface MatchTrace {
  /** Of its way into `messages`. */
  readonly parent: TraceContext;
  readonly startMs: number;
}

/** What is told of matching, to whoever follows messages' traces. */
export class MatchTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly names: Pick<RecordSink, 'nameInKafka'>,
  ) {}

  /** Undefined where there is nothing to pass on: most messages are of no trace that anybody records. */
  begun({ trace }: MessageRecord): MatchTrace | undefined {
    if (!this.tracing.isOn || trace === undefined) return undefined;
    const parent = readTraceContext(trace.traceparent, trace.tracestate);
    return parent === undefined ? undefined : { parent, startMs: Date.now() };
  }

  /** What each of its deliveries carries. */
  carrierOf({ parent }: MatchTrace, id: DeliveryId): TraceCarrier {
    return traceCarrier({ ...parent, spanId: sendDeliverySpan(id, 0) });
  }

  /** All that the message became is durable. */
  matched({ parent, startMs }: MatchTrace, message: MessageRecord, endpoints: readonly Endpoint[]): void {
    if (!parent.isSampled) return;
    const endMs = Date.now();
    const spanId = processMessageSpan(message.id);
    const of = { [OWN_ATTRIBUTE.messageId]: message.id, [OWN_ATTRIBUTE.applicationId]: message.applicationId };
    this.tracing.record(
      processSpan(this.named(message.isOverQuota === true ? TOPICS.messagesBulk : TOPICS.messages), {
        context: { ...parent, spanId },
        parentSpanId: parent.spanId,
        startMs,
        endMs,
        attributes: {
          ...of,
          [ATTRIBUTE.messagingMessageId]: message.id,
          [ATTRIBUTE.messagingGroup]: this.names.nameInKafka(MATCHER_GROUP),
          [ATTRIBUTE.eventType]: message.eventType,
          [OWN_ATTRIBUTE.deliveries]: endpoints.length,
        },
      }),
    );
    for (const endpoint of endpoints) {
      const id = deliveryIdOf(message.id, endpoint.id);
      const context = { ...parent, spanId: sendDeliverySpan(id, 0) };
      const attributes = { ...of, [OWN_ATTRIBUTE.deliveryId]: id, [OWN_ATTRIBUTE.endpointId]: endpoint.id };
      const told = { context, parentSpanId: spanId, startMs, endMs, attributes };
      this.tracing.record(sendSpan(this.named(TOPICS.deliveries), told));
    }
  }

  /** A record that is no message: told by itself, whatever is sampled. */
  unreadable({ topic, partition }: PartitionLease, offset: number, code: string): void {
    if (!this.tracing.isOn) return;
    const nowMs = Date.now();
    const context = { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
    const attributes = { [ATTRIBUTE.messagingPartition]: String(partition), [ATTRIBUTE.kafkaOffset]: offset };
    const told = { context, startMs: nowMs, endMs: nowMs, error: code, attributes };
    this.tracing.record(processSpan(this.named(topic), told));
  }

  /** All records of the batch are seen to. */
  batch(batch: RecordBatch, taken: Promise<void>): Promise<void> {
    return this.tracing.isOn ? this.tookBatch(batch, taken) : taken;
  }

  private async tookBatch({ lease: { topic, partition }, records }: RecordBatch, taken: Promise<void>): Promise<void> {
    const startMs = Date.now();
    await taken;
    const group = this.names.nameInKafka(MATCHER_GROUP);
    recordBatch(this.tracing, {
      destination: this.named(topic),
      partition,
      group,
      records,
      startMs,
      endMs: Date.now(),
    });
  }

  private named(topic: string): Destination {
    return { topic, nameInKafka: this.names.nameInKafka(topic) };
  }
}
