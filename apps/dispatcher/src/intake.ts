import { readDelivery, TOPICS, UnreadableRecordError, type Delivery } from '@signpost/contracts';
import type { ControlView, EndpointId } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, RecordBatch, RecordSink } from '@signpost/ports';
import type { Coalescer } from './coalescer.js';
import type { ConversationReleases } from './conversation-releases.js';
import type { Conversations } from './conversations.js';
import type { Dispatcher } from './dispatcher.js';
import { unreadableRecord } from './dead-letters.js';
import type { DeliveryTraces } from './delivery-traces.js';
import { OVERHEAD_BYTES } from './dispatcher.config.js';
import type { LaneMemoryStore } from './lane-memory-store.js';
import type { ParkedCopy, ParkedPlace, QueuedDelivery } from './queued-delivery.js';
import type { Redeliveries } from './redeliveries.js';
import type { Releases } from './releases.js';
import type { Underway } from './underway.js';

type Back =
  | { readonly kind: 'taken'; readonly remembered?: Promise<void> | undefined; readonly lies?: ParkedPlace | undefined }
  /** Nothing is to be done with it here: it was here before, or it is left where it lies. */
  | { readonly kind: 'left'; readonly remembered?: Promise<void> | undefined }
  /** It is done when another copy of it is. */
  | { readonly kind: 'joined' };

/** From records to deliveries in their lanes. */
export class Intake {
  /** Endpoints that deliveries wait for: what comes later must not overtake them. */
  private readonly awaited = new Map<EndpointId, number>();
  private admitting: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: RecordSink,
    private readonly view: ControlView,
    /** Resolves once the view holds all that `control` held at the call. */
    private readonly refreshView: () => Promise<void>,
    private readonly store: LaneMemoryStore,
    private readonly releases: Releases,
    private readonly conversations: Conversations,
    private readonly ordered: ConversationReleases,
    private readonly dispatcher: Dispatcher,
    private readonly coalescer: Coalescer,
    private readonly redeliveries: Redeliveries,
    private readonly underway: Underway,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly traces: DeliveryTraces,
  ) {}

  take(batch: RecordBatch, order: QueuedDelivery['order']): void {
    if (batch.lease.lost) return;
    const startMs = Date.now();
    const unknown: QueuedDelivery[] = [];
    for (const record of batch.records) {
      const entry = this.read(batch, record, order);
      if (entry === undefined) continue;
      if (this.isKnown(entry.delivery)) this.dispatcher.admit(entry);
      else unknown.push(this.awaiting(entry));
    }
    if (unknown.length > 0) this.underway.track(this.admitOnceKnown(unknown), batch.lease);
    this.traces.tookIn(batch, startMs);
    this.dispatcher.pump();
  }

  /** As it was when the delivery was matched, or later: a deletion included. */
  private isKnown({ endpointId, endpointVersion }: Delivery): boolean {
    return (this.view.endpointVersion(endpointId) ?? -1) >= endpointVersion && !this.awaited.has(endpointId);
  }

  private awaiting(entry: QueuedDelivery): QueuedDelivery {
    const { endpointId } = entry.delivery;
    this.awaited.set(endpointId, (this.awaited.get(endpointId) ?? 0) + 1);
    return entry;
  }

  private admitOnceKnown(entries: readonly QueuedDelivery[]): Promise<void> {
    const known = this.refreshView();
    this.admitting = this.admitting.then(async () => {
      await known;
      // What is absent now is deleted.
      for (const entry of entries) {
        this.arrived(entry.delivery.endpointId);
        this.conversations.name(entry);
        if (!entry.lease.lost) this.dispatcher.admit(entry);
      }
      this.dispatcher.pump();
    });
    return this.admitting;
  }

  private arrived(endpointId: EndpointId): void {
    const left = (this.awaited.get(endpointId) ?? 1) - 1;
    if (left > 0) this.awaited.set(endpointId, left);
    else this.awaited.delete(endpointId);
  }

  /** Undefined for what needs no attempt: it is seen to its end from here. */
  private read(batch: RecordBatch, record: IncomingRecord, order: QueuedDelivery['order']): QueuedDelivery | undefined {
    try {
      const delivery = readDelivery(record.headers);
      if (record.value === null) throw new UnreadableRecordError('a delivery has no payload', { id: delivery.id });
      return this.enter(batch, record, delivery, record.value, order);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.underway.track(this.setAside(batch, record, error), batch.lease);
      return undefined;
    }
  }

  private enter(
    batch: RecordBatch,
    record: IncomingRecord,
    read: Delivery,
    value: Buffer,
    order: QueuedDelivery['order'],
  ): QueuedDelivery | undefined {
    // Not the batch itself: a slow endpoint's delivery would keep all its records in memory.
    const { lease, done } = batch;
    const { parkedOffset, parkedTooLong = false, parkedFor, wait, handOver } = read;
    const isPlain = parkedOffset === undefined && wait === undefined && handOver === undefined;
    const delivery = this.redeliveries.numbered(isPlain ? read : withoutItsWay(read));
    // Here, and not once the endpoint is known: what came back is noted in the order in which it came.
    const back = order === 'fresh' ? undefined : this.comesBack(batch, record, read);
    const wasParked = back !== undefined && parkedOffset !== undefined;
    const { offset } = record;
    if (back?.kind === 'joined') return undefined;
    if (back?.kind === 'left') {
      this.underway.track(
        Promise.resolve(back.remembered).then(() => done(offset)),
        lease,
      );
      return undefined;
    }
    const entry: QueuedDelivery = {
      delivery,
      // A copy: the record is a slice of all that was fetched with it, which a slow endpoint would keep in memory.
      payload: Buffer.from(value),
      origin: parkedTooLong
        ? inParked(lease.partition, parkedOffset)
        : { topic: lease.topic, partition: lease.partition, offset, timestampMs: record.timestampMs },
      lease,
      arrivedAtMs: Date.now(),
      order,
      released: wasParked && !parkedTooLong,
      parkedTooLong: wasParked && parkedTooLong,
      parkedFor,
      bytes: value.length + OVERHEAD_BYTES,
      remembered: back?.remembered,
      lies: back?.lies,
      conversation: undefined,
      done: () => done(offset),
    };
    this.conversations.name(entry);
    return this.isSuperseded(entry) ? undefined : entry;
  }

  /** Whether the delivery is seen to its end from here, since a newer one was taken in; older ones end by its coming. */
  private isSuperseded(entry: QueuedDelivery): boolean {
    const { superseded, remembered } = this.coalescer.takeIn(entry, Date.now());
    if (remembered !== undefined) entry.remembered = both(entry.remembered, remembered);
    for (const one of superseded) this.dispatcher.supersede(one);
    return superseded.includes(entry);
  }

  /** Undefined: the lane need not know that it came. */
  private comesBack(batch: RecordBatch, record: IncomingRecord, read: Delivery): Back | undefined {
    const { parkedOffset, parkedTooLong: swept = false, demand, behind, handOver } = read;
    if (parkedOffset !== undefined) return this.takeBack(batch, record, read, { parkedOffset, demand, behind, swept });
    if (handOver === undefined) return undefined;
    const { endpointId, applicationId } = read;
    const name = { partition: batch.lease.partition, endpointId, applicationId };
    const { isRepeat, remembered } = this.redeliveries.takeIn(name, read, record.offset, Date.now());
    return isRepeat ? { kind: 'left', remembered } : { kind: 'taken', remembered };
  }

  private takeBack(
    { lease, done }: RecordBatch,
    { offset }: IncomingRecord,
    { endpointId, applicationId }: Delivery,
    copy: ParkedCopy,
  ): Back {
    const name = { partition: lease.partition, endpointId, applicationId };
    const { parkedOffset, behind, swept } = copy;
    if (behind !== undefined || this.ordered.hasOrder(name)) {
      return this.ordered.takeBack(name, copy, () => {
        done(offset);
      });
    }
    const { kind, remembered } = this.store.returned(name, parkedOffset, swept);
    // What is swept answers no demand.
    if (kind !== 'repeat' && !swept) this.releases.cameBack(name, Date.now());
    if (kind === 'back') return { kind: 'taken', remembered };
    this.releases.consider(name, Date.now());
    return { kind: 'left', remembered };
  }

  private async setAside(batch: RecordBatch, record: IncomingRecord, error: UnreadableRecordError): Promise<void> {
    const { topic, partition } = batch.lease;
    const origin = { topic, partition, offset: record.offset, timestampMs: record.timestampMs };
    this.log.error('a delivery is unreadable and was set aside', error, origin);
    this.metrics.of.unreadable.inc({ group: 'dispatcher' });
    this.metrics.of.deadLetters.inc({ reason: 'unreadable', class: 'platform' });
    this.traces.unreadable(batch, record.offset, error.code);
    await this.sink.append(unreadableRecord(record, this.sink, origin, error.message, Date.now()));
    batch.done(record.offset);
  }
}

async function both(one: Promise<void> | undefined, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

/** As it was before it went to a tier or to `parked`, or was handed over. */
function withoutItsWay(read: Delivery): Delivery {
  const {
    parkedFor: _,
    parkedOffset: __,
    parkedTooLong: ___,
    demand: ____,
    behind: _____,
    wait: ______,
    handOver: _______,
    ...rest
  } = read;
  return rest;
}

function inParked(partition: number, parkedOffset = -1): QueuedDelivery['origin'] {
  return { topic: TOPICS.parked, partition, offset: parkedOffset };
}
