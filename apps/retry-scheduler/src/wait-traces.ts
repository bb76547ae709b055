import { RETRY_SCHEDULER_GROUP, type Delivery } from '@signpost/contracts';
import { isSampledCarrier, newSpanId, readTraceContext } from '@signpost/domain';
import { ATTRIBUTE, OWN_ATTRIBUTE, processSpan, type Tracing } from '@signpost/observability';
import type { RecordSink } from '@signpost/ports';

/** What is told of deliveries' waiting, to whoever follows their traces. */
export class WaitTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly names: Pick<RecordSink, 'nameInKafka'>,
  ) {}

  /** It has gone on. `topic`: where it waited, by its name without the prefix; `sinceMs`: from when on. */
  waited({ trace, id, messageId, endpointId, applicationId, attempt }: Delivery, topic: string, sinceMs: number): void {
    if (!this.tracing.isOn || !isSampledCarrier(trace)) return;
    const parent = readTraceContext(trace.traceparent, trace.tracestate);
    if (parent === undefined) return;
    this.tracing.record(
      processSpan(
        { topic, nameInKafka: this.names.nameInKafka(topic) },
        {
          context: { ...parent, spanId: newSpanId() },
          parentSpanId: parent.spanId,
          startMs: sinceMs,
          endMs: Date.now(),
          attributes: {
            [ATTRIBUTE.messagingGroup]: this.names.nameInKafka(RETRY_SCHEDULER_GROUP),
            [OWN_ATTRIBUTE.messageId]: messageId,
            [OWN_ATTRIBUTE.deliveryId]: id,
            [OWN_ATTRIBUTE.endpointId]: endpointId,
            [OWN_ATTRIBUTE.applicationId]: applicationId,
            [OWN_ATTRIBUTE.attempt]: attempt,
          },
        },
      ),
    );
  }
}
