import type { DeliveryId, MessageId } from '../ids.js';
import {
  derivedSpanId,
  derivedTraceId,
  readTraceContext,
  type TraceCarrier,
  type TraceContext,
} from './trace-context.js';

/** A message on its way into `messages`. */
export const sendMessageSpan = (id: MessageId): string => derivedSpanId('send', id);
/** The same message at the matcher. */
export const processMessageSpan = (id: MessageId): string => derivedSpanId('process', id);

/** The delivery as it was first owed, or one of its redeliveries, from 1. */
export interface DeliveryRun {
  readonly id: DeliveryId;
  readonly messageId: MessageId;
  readonly run: number;
  readonly trace?: TraceCarrier | undefined;
}

/**
 * A delivery's own place. Without a context beside it the trace is one that began here and is not recorded: its ids follow
 * from the message's, so that all who tell of a failure tell it in one trace.
 */
export function deliveryContext({ id, messageId, run, trace }: DeliveryRun): TraceContext {
  const given = readTraceContext(trace?.traceparent, trace?.tracestate);
  if (given !== undefined) return given;
  const traceId = run === 0 ? derivedTraceId(messageId) : derivedTraceId(id, String(run));
  return { traceId, spanId: sendDeliverySpan(id, run), isSampled: false };
}

/** A delivery on its way to its lane. */
export const sendDeliverySpan = (id: DeliveryId, run: number): string => derivedSpanId('send', id, String(run));

/** One attempt, by its number. */
export const attemptSpan = (id: DeliveryId, attempt: number): string => derivedSpanId('attempt', id, String(attempt));
