import { isSampledCarrier, newSpanId, newTraceId, readTraceContext } from '@signpost/domain';
import { traceOf, type RecordHeaders } from '@signpost/contracts';
import { ATTRIBUTE } from './attributes.js';
import type { Span, SpanAttributes, SpanLink } from './span.js';
import type { Tracing } from './tracing.js';

/** A topic: by its name without the prefix, which spans are called by, and as Kafka knows it. */
export interface Destination {
  readonly topic: string;
  readonly nameInKafka: string;
}

type Told = Pick<Span, 'context' | 'parentSpanId' | 'startMs' | 'endMs' | 'links' | 'error'> & {
  readonly attributes: SpanAttributes;
};

/** A record on its way into a topic. */
export function sendSpan({ topic, nameInKafka }: Destination, told: Told): Span {
  return { ...told, name: `send ${topic}`, kind: 'producer', attributes: described('send', nameInKafka, told) };
}

/** What is done with one record of a topic. */
export function processSpan({ topic, nameInKafka }: Destination, told: Told): Span {
  return { ...told, name: `process ${topic}`, kind: 'consumer', attributes: described('process', nameInKafka, told) };
}

function described(operation: 'send' | 'process', destination: string, { attributes }: Told): SpanAttributes {
  return {
    [ATTRIBUTE.messagingSystem]: 'kafka',
    [ATTRIBUTE.messagingOperation]: operation,
    [ATTRIBUTE.messagingOperationType]: operation,
    [ATTRIBUTE.messagingDestination]: destination,
    ...attributes,
  };
}

/** As many as OpenTelemetry allows a span by default. */
const MOST_LINKS = 128;

export interface TakenBatch {
  readonly destination: Destination;
  readonly partition: number;
  /** As Kafka knows it. */
  readonly group: string;
  readonly records: readonly { readonly headers: RecordHeaders }[];
  readonly startMs: number;
  readonly endMs: number;
}

/** One span for what was taken in together, linked with every trace of it that is recorded; none if there is none. */
export function recordBatch(tracing: Tracing, batch: TakenBatch): void {
  const links = batch.records.flatMap(({ headers }) => linkOf(headers) ?? []);
  if (links.length === 0) return;
  tracing.record({
    name: `receive ${batch.destination.topic}`,
    kind: 'client',
    context: { traceId: newTraceId(), spanId: newSpanId(), isSampled: true },
    startMs: batch.startMs,
    endMs: batch.endMs,
    links: links.slice(0, MOST_LINKS),
    attributes: {
      [ATTRIBUTE.messagingSystem]: 'kafka',
      [ATTRIBUTE.messagingOperation]: 'receive',
      [ATTRIBUTE.messagingOperationType]: 'receive',
      [ATTRIBUTE.messagingDestination]: batch.destination.nameInKafka,
      [ATTRIBUTE.messagingPartition]: String(batch.partition),
      [ATTRIBUTE.messagingGroup]: batch.group,
      [ATTRIBUTE.messagingBatchCount]: batch.records.length,
    },
  });
}

function linkOf(headers: RecordHeaders): SpanLink | undefined {
  const trace = traceOf(headers);
  return isSampledCarrier(trace) ? readTraceContext(trace.traceparent) : undefined;
}
