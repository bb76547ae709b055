import { readDelivery, TOPICS, unreadableHeaders, UnreadableRecordError, type Delivery } from '@signpost/contracts';
import type { ControlView } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, RecordBatch, RecordSink } from '@signpost/ports';
import type { Coalescer } from './coalescer.js';
import type { Dispatcher } from './dispatcher.js';
import { OVERHEAD_BYTES } from './dispatcher.config.js';
import type { LaneMemoryStore } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';
import type { Releases } from './releases.js';
import type { Underway } from './underway.js';

/** From records to deliveries in their lanes. */
export class Intake {
  constructor(
    private readonly sink: RecordSink,
    private readonly view: ControlView,
    /** Resolves once the view holds all that `control` held at the call. */
    private readonly refreshView: () => Promise<void>,
    private readonly store: LaneMemoryStore,
    private readonly releases: Releases,
    private readonly dispatcher: Dispatcher,
    private readonly coalescer: Coalescer,
    private readonly underway: Underway,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  take(batch: RecordBatch, order: QueuedDelivery['order']): void {
    if (batch.lease.lost) return;
    const unknown: QueuedDelivery[] = [];
    for (const record of batch.records) {
      const entry = this.read(batch, record, order);
      if (entry === undefined) continue;
      if (this.isKnown(entry.delivery)) this.dispatcher.admit(entry);
      else unknown.push(entry);
    }
    if (unknown.length > 0) this.underway.track(this.admitOnceKnown(unknown), batch.lease);
    this.dispatcher.pump();
  }

  /** As it was when the delivery was matched, or later: a deletion included. */
  private isKnown({ endpointId, endpointVersion }: Delivery): boolean {
    return (this.view.endpointVersion(endpointId) ?? -1) >= endpointVersion;
  }

  private async admitOnceKnown(entries: readonly QueuedDelivery[]): Promise<void> {
    await this.refreshView();
    // What is absent now is deleted.
    for (const entry of entries) if (!entry.lease.lost) this.dispatcher.admit(entry);
    this.dispatcher.pump();
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
    const { parkedOffset, parkedTooLong = false, wait: _, ...delivery } = read;
    // Here, and not once the endpoint is known: what came back is noted in the order in which it came.
    const back =
      parkedOffset === undefined || order === 'fresh'
        ? undefined
        : this.takeBack(lease.partition, delivery, parkedOffset, parkedTooLong);
    const { offset } = record;
    if (back?.repeat === true) {
      this.underway.track(
        back.remembered.then(() => done(offset)),
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
        : { topic: lease.topic, partition: lease.partition, offset },
      lease,
      order,
      released: back !== undefined && !parkedTooLong,
      parkedTooLong: back !== undefined && parkedTooLong,
      bytes: value.length + OVERHEAD_BYTES,
      remembered: back?.remembered,
      done: () => done(offset),
    };
    return this.isSuperseded(entry) ? undefined : entry;
  }

  /** Whether the delivery is seen to its end from here, since a newer one was taken in; older ones end by its coming. */
  private isSuperseded(entry: QueuedDelivery): boolean {
    const { superseded, remembered } = this.coalescer.takeIn(entry, Date.now());
    if (remembered !== undefined) entry.remembered = both(entry.remembered, remembered);
    for (const one of superseded) this.dispatcher.supersede(one);
    return superseded.includes(entry);
  }

  private takeBack(
    partition: number,
    { endpointId, applicationId }: Delivery,
    parkedOffset: number,
    parkedTooLong: boolean,
  ): { readonly repeat: boolean; readonly remembered: Promise<void> } {
    const name = { partition, endpointId, applicationId };
    const back = this.store.returned(name, parkedOffset, parkedTooLong);
    // What is swept answers no demand.
    if (!back.repeat && !parkedTooLong) this.releases.cameBack(name, Date.now());
    return back;
  }

  private async setAside(batch: RecordBatch, record: IncomingRecord, error: UnreadableRecordError): Promise<void> {
    const { topic, partition } = batch.lease;
    const origin = { topic, partition, offset: record.offset };
    this.log.error('a delivery is unreadable and was set aside', error, origin);
    this.metrics.of.unreadable.inc({ group: 'dispatcher' });
    this.metrics.of.deadLetters.inc({ reason: 'unreadable' });
    await this.sink.append({
      topic: TOPICS.deadLetter,
      key: record.key?.toString('utf8') ?? '',
      value: record.value,
      headers: unreadableHeaders(record.headers, { origin, why: error.message, atMs: Date.now() }),
    });
    batch.done(record.offset);
  }
}

async function both(one: Promise<void> | undefined, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

function inParked(partition: number, parkedOffset = -1): QueuedDelivery['origin'] {
  return { topic: TOPICS.parked, partition, offset: parkedOffset };
}
