import {
  newSpanId,
  newTraceId,
  traceCarrier,
  type MessageId,
  sendMessageSpan,
  type TraceCarrier,
  type TraceContext,
} from '@signpost/domain';

/** The place in a trace of what comes into Signpost, a request or a record: told afterwards, if it is told at all. */
export class EntryTrace {
  /** Why it is told whether its trace is recorded or not. */
  refusal: string | undefined;
  private own: TraceContext | undefined;

  /** `parent`: the caller's; `isSampled`: whether its trace is recorded, by the caller's word or by our own. */
  constructor(
    readonly parent: TraceContext | undefined,
    readonly isSampled: boolean,
  ) {}

  get context(): TraceContext {
    this.own ??= {
      traceId: this.parent?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      isSampled: this.isSampled,
      ...(this.parent?.state === undefined ? {} : { state: this.parent.state }),
    };
    return this.own;
  }

  /**
   * For a message that follows from it. Undefined where nobody records the trace and nobody else knows of it:
   * then the message's own ids say enough, and nothing has to travel with it.
   */
  carrierOf(messageId: MessageId): TraceCarrier | undefined {
    return this.isAlone ? undefined : traceCarrier({ ...this.context, spanId: sendMessageSpan(messageId) });
  }

  /** For what follows from it without a span of its own. */
  carrier(): TraceCarrier | undefined {
    return this.isAlone ? undefined : traceCarrier(this.context);
  }

  /** The trace's id, where it is recorded. */
  get recordedId(): string | undefined {
    return this.isSampled ? this.context.traceId : undefined;
  }

  private get isAlone(): boolean {
    return !this.isSampled && this.parent === undefined;
  }

  /** It was refused for what it says: that is told, whatever is sampled. */
  refused(code: string): void {
    this.refusal ??= code;
  }
}
