import { headerText, TRACE_HEADER, type MessageRecord, type SourceCoordinates } from '@signpost/contracts';
import { readTraceContext, sendMessageSpan } from '@signpost/domain';
import {
  ATTRIBUTE,
  EntryTrace,
  OWN_ATTRIBUTE,
  processSpan,
  sendSpan,
  type Destination,
  type Tracing,
} from '@signpost/observability';
import type { IncomingRecord, RecordSink } from '@signpost/ports';
import type { Way } from './quotas/intake-quotas.js';

/** The name of a topic of the platform's own is its name in Kafka. */
const sourceNamed = (topic: string): Destination => ({ topic, nameInKafka: topic });

export interface Sent {
  readonly message: MessageRecord;
  readonly way: Way;
  readonly startMs: number;
}

/** What is told of messages' coming in, to whoever follows their traces. */
export class MessageTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly names: Pick<RecordSink, 'nameInKafka'>,
  ) {}

  /** Of a record of the platform's own topics. Undefined while nothing is traced. */
  arrived({ headers }: IncomingRecord): SourceTrace | undefined {
    if (!this.tracing.isOn) return undefined;
    const parent = readTraceContext(headerText(headers, TRACE_HEADER.parent), headerText(headers, TRACE_HEADER.state));
    return { entry: new EntryTrace(parent, parent?.isSampled ?? this.tracing.samples()), startMs: Date.now() };
  }

  /** The message, of a trace that is recorded, is durable. */
  sent({ message, way, startMs }: Sent, trace: EntryTrace): void {
    this.tracing.record(
      sendSpan(
        { topic: way, nameInKafka: this.names.nameInKafka(way) },
        {
          context: { ...trace.context, spanId: sendMessageSpan(message.id) },
          parentSpanId: trace.context.spanId,
          startMs,
          endMs: Date.now(),
          attributes: {
            [ATTRIBUTE.messagingMessageId]: message.id,
            [ATTRIBUTE.messagingBodySize]: message.payload.length,
            [ATTRIBUTE.eventType]: message.eventType,
            [OWN_ATTRIBUTE.messageId]: message.id,
            [OWN_ATTRIBUTE.applicationId]: message.applicationId,
          },
        },
      ),
    );
  }

  /** For a log line about it. */
  logged(trace: SourceTrace | undefined): { readonly traceId?: string } {
    return trace === undefined ? {} : { traceId: trace.entry.context.traceId };
  }

  /** All that the record caused is durable. */
  tookIn({ entry, startMs }: SourceTrace, { topic, partition, offset }: SourceCoordinates): void {
    if (!entry.isSampled && entry.refusal === undefined) return;
    this.tracing.record(
      processSpan(sourceNamed(topic), {
        context: entry.context,
        parentSpanId: entry.parent?.spanId,
        startMs,
        endMs: Date.now(),
        error: entry.refusal,
        attributes: { [ATTRIBUTE.messagingPartition]: String(partition), [ATTRIBUTE.kafkaOffset]: offset },
      }),
    );
  }
}

export interface SourceTrace {
  readonly entry: EntryTrace;
  readonly startMs: number;
}

/** The message with its place in the trace that its request or record is of. */
export function traced(message: MessageRecord, trace: EntryTrace | undefined): MessageRecord {
  const carrier = trace?.carrierOf(message.id);
  return carrier === undefined ? message : { ...message, trace: carrier };
}
