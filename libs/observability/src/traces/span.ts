import type { TraceContext } from '@signpost/domain';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** Something that is over, told as a whole: nothing is kept open, so nothing can be left open. */
export interface Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  /** Of the same trace; absent: it is the trace's root. */
  readonly parentSpanId?: string | undefined;
  /** Milliseconds since 1970, with fractions where they are known. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly links?: readonly SpanLink[];
  /** Present: it failed; stable and of few values, for `error.type`. */
  readonly error?: string | undefined;
  /** It failed by its caller's fault: told, and no error of ours. */
  readonly isCallersFault?: true;
}
