import { SpanKind as OtelKind, SpanStatusCode, TraceFlags, type HrTime, type SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { ATTRIBUTE } from './attributes.js';
import type { SpanExporter } from './exporting-tracing.js';
import type { Span, SpanKind } from './span.js';

export interface CollectorOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What every span says of its process. */
  readonly resource: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};
const SCOPE = { name: 'signpost' } as const;

/** Protobuf over HTTP. The only module that knows OpenTelemetry's SDK, and loaded only when there is something to export. */
export class OtlpExporter implements SpanExporter {
  private readonly exporter: OTLPTraceExporter;
  private readonly resource: Resource;

  constructor({ url, headers, timeoutMs, resource }: CollectorOptions) {
    this.exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeoutMs });
    this.resource = resourceFromAttributes(resource);
  }

  export(spans: readonly Span[]): Promise<void> {
    const readable = spans.map((span) => readableSpan(span, this.resource));
    return new Promise((resolve, reject) => {
      this.exporter.export(readable, ({ code, error }) => {
        const outcome: number = code;
        if (outcome === 0) resolve();
        else reject(error ?? new Error('the collector refused'));
      });
    });
  }

  close(): Promise<void> {
    return this.exporter.shutdown();
  }
}

function readableSpan(span: Span, resource: Resource): ReadableSpan {
  const { context, parentSpanId, error, attributes, links = [] } = span;
  const own = contextOf(context.traceId, context.spanId, context.state);
  const startTime = hrTime(span.startMs);
  // Clocks of two machines may disagree by more than something took.
  const endTime = hrTime(Math.max(span.startMs, span.endMs));
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => own,
    ...(parentSpanId === undefined ? {} : { parentSpanContext: contextOf(context.traceId, parentSpanId) }),
    startTime,
    endTime,
    duration: hrTime(Math.max(0, span.endMs - span.startMs)),
    status: { code: error === undefined || span.isCallersFault ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
    attributes: error === undefined ? attributes : { ...attributes, [ATTRIBUTE.errorType]: error },
    links: links.map(({ traceId, spanId }) => ({ context: contextOf(traceId, spanId) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Whatever is exported is recorded, whatever its flag was when it began. */
function contextOf(traceId: string, spanId: string, state?: string): SpanContext {
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  if (state === undefined) return context;
  const traceState = { get: () => undefined, set: () => traceState, unset: () => traceState, serialize: () => state };
  return { ...context, traceState };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}
