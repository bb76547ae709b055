import { Message } from './protobuf.js';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: 'unset' | 'ok' | 'error';
  /** Of the process that told of it. */
  readonly service: string;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/** An ExportTraceServiceRequest (opentelemetry-proto, trace/v1), read field by field. */
export function spansOf(request: Buffer): readonly CollectedSpan[] {
  return new Message(request).all(1).flatMap((bytes) => {
    const resourceSpans = new Message(bytes);
    const service = attributesOf(new Message(resourceSpans.bytes(1)), 1)['service.name'];
    return resourceSpans
      .all(2)
      .flatMap((scope) => new Message(scope).all(2))
      .map((span) => spanOf(new Message(span), String(service)));
  });
}

function spanOf(span: Message, service: string): CollectedSpan {
  return {
    traceId: span.bytes(1).toString('hex'),
    spanId: span.bytes(2).toString('hex'),
    traceState: span.text(3),
    parentSpanId: span.bytes(4).toString('hex'),
    name: span.text(5),
    kind: KINDS[Number(span.integer(6))] ?? 'internal',
    startMs: Number(span.integer(7) / 1_000n) / 1_000,
    endMs: Number(span.integer(8) / 1_000n) / 1_000,
    attributes: attributesOf(span, 9),
    links: span.all(13).map((bytes) => {
      const link = new Message(bytes);
      return { traceId: link.bytes(1).toString('hex'), spanId: link.bytes(2).toString('hex') };
    }),
    status: STATUSES[Number(new Message(span.bytes(15)).integer(3))] ?? 'unset',
    service,
  };
}

function attributesOf(message: Message, field: number): CollectedSpan['attributes'] {
  return Object.fromEntries(
    message.all(field).map((bytes) => {
      const pair = new Message(bytes);
      return [pair.text(1), valueOf(new Message(pair.bytes(2)))];
    }),
  );
}

/** An AnyValue: what of it spans of Signpost have. */
function valueOf(value: Message): string | number | boolean {
  if (value.has(2)) return value.integer(2) === 1n;
  if (value.has(3)) return Number(value.integer(3));
  if (value.has(4)) {
    const bits = Buffer.alloc(8);
    bits.writeBigUInt64LE(value.integer(4));
    return bits.readDoubleLE();
  }
  return value.text(1);
}
