import { DISPATCHER_GROUP, TOPICS, type DeadLetter, type Delivery } from '@signpost/contracts';
import {
  attemptSpan,
  deliveryContext,
  isSampledCarrier,
  newSpanId,
  newTraceId,
  processMessageSpan,
  sendMessageSpan,
  traceCarrier,
  type Endpoint,
  type ParkReason,
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
  type SpanAttributes,
  type SpanLink,
  type Tracing,
} from '@signpost/observability';
import type { RecordBatch } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import { attemptAttributes, errorOf, isRequest } from './attempt-span.js';
import type { KafkaNames } from './dead-letters.js';
import type { FollowUp } from './follow-up.js';
import type { QueuedDelivery } from './queued-delivery.js';

/** The trace of one attempt that is told of. */
export interface AttemptTrace {
  /** Of the delivery: the parent of its attempts, its waits and its end. */
  readonly delivery: TraceContext;
  /** What all that follows carries: from its first failure on a delivery is recorded. */
  readonly carrier: TraceCarrier;
  /** Nobody has told of the delivery so far, and what led to it has to be told too. */
  readonly isFirst: boolean;
}

/** An attempt of the delivery that was made before, in an earlier run of it. */
export interface EarlierAttempt {
  readonly attempt: number;
  readonly run: number;
  readonly trace: TraceCarrier | undefined;
}

interface Settled {
  readonly entry: QueuedDelivery;
  readonly endpoint: Endpoint;
  readonly attempted: Attempted;
  /** Undefined for an attempt that decides nothing any more. */
  readonly then?: FollowUp;
  /** Of the run before, as far as this process remembers it. */
  readonly last?: EarlierAttempt | undefined;
}

type Fate = 'expired' | 'superseded' | 'declined' | 'cancelled';

/**
 * What is told of deliveries here, to whoever follows their traces. Of those that nobody records it tells once they fail:
 * then also what led there, as far as the delivery says, under the ids that the processes before would have given it.
 */
export class DeliveryTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly names: KafkaNames,
    /** Receivers are told which trace a request is of. */
    private readonly isToldToReceivers: boolean,
  ) {}

  /** Undefined where nobody is told of this attempt, as of most that succeed. */
  of({ delivery }: QueuedDelivery, { verdict }: Attempted): AttemptTrace | undefined {
    if (!this.tracing.isOn) return undefined;
    const isSampled = isSampledCarrier(delivery.trace);
    if (!isSampled && verdict.kind === 'delivered') return undefined;
    const context = { ...contextOf(delivery), isSampled: true };
    return { delivery: context, carrier: traceCarrier(context), isFirst: !isSampled };
  }

  /** What the attempt's receiver is to know of it, if it is to know anything: not what others say along the way. */
  toReceiver({ delivery }: QueuedDelivery): string | undefined {
    if (!this.isToldToReceivers || !this.tracing.isOn) return undefined;
    const { traceId, isSampled } = contextOf(delivery);
    return traceCarrier({ traceId, spanId: attemptSpan(delivery.id, delivery.attempt), isSampled }).traceparent;
  }

  /** What a log line about a delivery, or its next attempt, says of it. */
  logged(delivery: Delivery): Readonly<Record<string, string>> {
    const { id, messageId, endpointId, attempt } = delivery;
    const ids = { messageId, deliveryId: id, endpointId };
    if (!this.tracing.isOn) return ids;
    return { ...ids, traceId: contextOf(delivery).traceId, spanId: attemptSpan(id, attempt) };
  }

  /** All that the attempt caused is durable. */
  settled(trace: AttemptTrace, { entry, endpoint, attempted, then, last }: Settled): void {
    if (trace.isFirst) this.tellBefore(trace.delivery, entry);
    const { delivery } = entry;
    const endMs = Date.now();
    const hasRequest = isRequest(attempted);
    const own = attemptSpan(delivery.id, delivery.attempt);
    const context = { ...trace.delivery, spanId: hasRequest ? newSpanId() : own };
    const before = linkOf(delivery, last, trace.delivery);
    const error = errorOf(attempted);
    this.tracing.record(
      processSpan(this.named(topicOf(entry)), {
        context,
        parentSpanId: trace.delivery.spanId,
        startMs: entry.arrivedAtMs,
        endMs,
        error,
        ...(hasRequest || before === undefined ? {} : { links: [before] }),
        attributes: this.aboutRecord(entry),
      }),
    );
    if (hasRequest) {
      this.tracing.record({
        name: attempted.method ?? 'POST',
        kind: 'client',
        context: { ...trace.delivery, spanId: own },
        parentSpanId: context.spanId,
        startMs: attempted.startedAtMs,
        endMs: attempted.endedAtMs,
        error,
        ...(before === undefined ? {} : { links: [before] }),
        attributes: { ...about(delivery), ...attemptAttributes(delivery, endpoint, attempted) },
      });
    }
    if (then?.deadLetter !== undefined)
      this.tellDeath(trace.delivery, context.spanId, delivery, then.deadLetter, endMs);
    else if (then?.tier !== undefined) {
      const told = { context: { ...trace.delivery, spanId: newSpanId() }, startMs: attempted.endedAtMs, endMs };
      const sent = { ...told, parentSpanId: context.spanId, attributes: about(delivery) };
      this.tracing.record(sendSpan(this.named(TOPICS.retry(then.tier)), sent));
    }
  }

  /** It ends without an attempt, and not for a person. */
  ended(entry: QueuedDelivery, fate: Fate): void {
    this.tellStay(entry, { [OWN_ATTRIBUTE.fate]: fate });
  }

  parked(entry: QueuedDelivery, reason: ParkReason): void {
    this.tellStay(entry, { [OWN_ATTRIBUTE.fate]: `parked:${reason}` });
  }

  /** It ends for a person, without an attempt. */
  died(entry: QueuedDelivery, letter: DeadLetter): void {
    if (!this.tracing.isOn) return;
    const context = { ...contextOf(entry.delivery), isSampled: true };
    if (!isSampledCarrier(entry.delivery.trace)) this.tellBefore(context, entry);
    this.tellDeath(context, context.spanId, entry.delivery, letter, Date.now());
  }

  /** A record that is no delivery: told by itself, whatever is sampled. */
  unreadable({ lease: { topic, partition } }: RecordBatch, offset: number, code: string): void {
    if (!this.tracing.isOn) return;
    const nowMs = Date.now();
    const context = { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
    const attributes = { [ATTRIBUTE.messagingPartition]: String(partition), [ATTRIBUTE.kafkaOffset]: offset };
    const told = { context, startMs: nowMs, endMs: nowMs, error: code, attributes };
    this.tracing.record(processSpan(this.named(topic), told));
  }

  /** All of the batch are in their lanes. */
  tookIn({ lease: { topic, partition }, records }: RecordBatch, startMs: number): void {
    if (!this.tracing.isOn) return;
    const group = this.names.nameInKafka(DISPATCHER_GROUP);
    recordBatch(this.tracing, {
      destination: this.named(topic),
      partition,
      group,
      records,
      startMs,
      endMs: Date.now(),
    });
  }

  private tellStay(entry: QueuedDelivery, what: SpanAttributes): void {
    if (!this.tracing.isOn || !isSampledCarrier(entry.delivery.trace)) return;
    const { spanId, ...context } = contextOf(entry.delivery);
    this.tracing.record(
      processSpan(this.named(topicOf(entry)), {
        context: { ...context, spanId: newSpanId() },
        parentSpanId: spanId,
        startMs: entry.arrivedAtMs,
        endMs: Date.now(),
        attributes: { ...this.aboutRecord(entry), ...what },
      }),
    );
  }

  private tellDeath(
    context: TraceContext,
    parentSpanId: string,
    delivery: Delivery,
    { reason, atMs }: DeadLetter,
    endMs: number,
  ): void {
    this.tracing.record(
      sendSpan(this.named(TOPICS.deadLetter), {
        context: { ...context, spanId: newSpanId() },
        parentSpanId,
        startMs: atMs,
        endMs,
        error: reason,
        attributes: { ...about(delivery), [OWN_ATTRIBUTE.fate]: 'dead-lettered' },
      }),
    );
  }

  /**
   * Acceptance, match and the way to the lane, of a delivery that nobody recorded so far. When it was accepted its message's
   * id says; when it was matched, the time of its own record, where that is still at hand.
   */
  private tellBefore(context: TraceContext, { delivery, origin, order }: QueuedDelivery): void {
    const of = { ...about(delivery), [OWN_ATTRIBUTE.reconstructed]: true };
    if (delivery.redelivery !== undefined) {
      const atMs = origin.timestampMs ?? Date.now();
      this.tracing.record(
        sendSpan(this.named(TOPICS.returning), { context, startMs: atMs, endMs: atMs, attributes: of }),
      );
      return;
    }
    const { messageId, acceptedAtMs, applicationId } = delivery;
    const matchedAtMs = order === 'fresh' ? (origin.timestampMs ?? acceptedAtMs) : acceptedAtMs;
    const known = { [OWN_ATTRIBUTE.messageId]: messageId, [OWN_ATTRIBUTE.applicationId]: applicationId };
    const attributes = { ...known, [ATTRIBUTE.eventType]: delivery.eventType, [OWN_ATTRIBUTE.reconstructed]: true };
    const [accepted, matched] = [sendMessageSpan(messageId), processMessageSpan(messageId)];
    const at = (spanId: string, startMs: number, endMs: number) => ({
      context: { ...context, spanId },
      startMs,
      endMs: Math.max(startMs, endMs),
      attributes,
    });
    const messages = this.named(TOPICS.messages);
    this.tracing.record(sendSpan(messages, at(accepted, acceptedAtMs, acceptedAtMs)));
    const matching = { ...at(matched, acceptedAtMs, matchedAtMs), parentSpanId: accepted };
    this.tracing.record(processSpan(messages, matching));
    const sent = { ...at(context.spanId, matchedAtMs, matchedAtMs), parentSpanId: matched };
    this.tracing.record(sendSpan(this.named(TOPICS.deliveries), { ...sent, attributes: of }));
  }

  private aboutRecord({ delivery, lease, origin }: QueuedDelivery): SpanAttributes {
    return {
      ...about(delivery),
      [ATTRIBUTE.messagingGroup]: this.names.nameInKafka(DISPATCHER_GROUP),
      [ATTRIBUTE.messagingPartition]: String(lease.partition),
      [ATTRIBUTE.kafkaOffset]: origin.offset,
      [ATTRIBUTE.eventType]: delivery.eventType,
    };
  }

  private named(topic: string): Destination {
    return { topic, nameInKafka: this.names.nameInKafka(topic) };
  }
}

function contextOf({ id, messageId, redelivery, trace }: Delivery): TraceContext {
  return deliveryContext({ id, messageId, run: redelivery?.number ?? 0, trace });
}

function linkOf(
  { id, messageId, attempt, redelivery }: Delivery,
  last: EarlierAttempt | undefined,
  { traceId }: TraceContext,
): SpanLink | undefined {
  if (attempt > (redelivery?.attemptsBefore ?? 0) + 1) return { traceId, spanId: attemptSpan(id, attempt - 1) };
  if (last === undefined) return undefined;
  const before = deliveryContext({ id, messageId, run: last.run, trace: last.trace });
  return { traceId: before.traceId, spanId: attemptSpan(id, last.attempt) };
}

function about({ id, messageId, endpointId, applicationId, attempt, redelivery }: Delivery): SpanAttributes {
  return {
    [OWN_ATTRIBUTE.messageId]: messageId,
    [OWN_ATTRIBUTE.deliveryId]: id,
    [OWN_ATTRIBUTE.endpointId]: endpointId,
    [OWN_ATTRIBUTE.applicationId]: applicationId,
    [OWN_ATTRIBUTE.attempt]: attempt,
    ...(redelivery === undefined ? {} : { [OWN_ATTRIBUTE.redelivery]: redelivery.number }),
  };
}

/** Where this process read it from. */
const topicOf = ({ lease }: QueuedDelivery): string => lease.topic;
