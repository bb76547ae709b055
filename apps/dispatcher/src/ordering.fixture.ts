import {
  deliveryHeaders,
  readDelivery,
  readFact,
  readLane,
  TOPICS,
  type Delivery,
  type TopicName,
} from '@signpost/contracts';
import {
  openDemand,
  openDemandsBehind,
  parkedQueue,
  parkedSpan,
  ReleasePlan,
  type AttemptResult,
  type DeliveryId,
  type Endpoint,
  type LaneMemory,
  type Ordering,
  type ParkedQueue,
  type ReadOn,
} from '@signpost/domain';
import { RecordSink, type OutgoingRecord, type Position, type RecordBatch } from '@signpost/ports';
import { aDelivery, anEndpoint, answered, MemoryLog, open, PARTITION, recordOf, settle } from './dispatch.fixture.js';

type Process = Awaited<ReturnType<typeof open>>;
type Order = 'fresh' | 'returning';

const SOURCE = { fresh: TOPICS.deliveries, returning: TOPICS.returning } as const;
const SETTINGS = {
  DISPATCHER_LANE_QUEUE: '6',
  DISPATCHER_LANE_CONCURRENCY: '3',
  DISPATCHER_RELEASE_PATIENCE_MS: '5000',
};
const LONGEST_BATCH = 4;

interface Unflushed {
  readonly record: OutgoingRecord;
  acknowledge(position: Position): void;
}

/** A process's way to the log: what it appends is durable once flushed, topic by topic, and never after its death. */
class UnflushedSink extends RecordSink {
  readonly queues = new Map<TopicName, Unflushed[]>();

  override append(record: OutgoingRecord): Promise<Position> {
    return new Promise((acknowledge) => {
      const queue = this.queues.get(record.topic) ?? [];
      queue.push({ record, acknowledge });
      this.queues.set(record.topic, queue);
    });
  }

  override appendWithin(record: OutgoingRecord): Promise<Position> {
    return this.append(record);
  }

  override partitionOf(): number {
    return PARTITION;
  }
}

/** A dispatcher that dies and is replaced, the scheduler beside it, and a receiver that keeps account. */
export class OrderedWorld {
  readonly log = new MemoryLog();
  readonly published: Delivery[] = [];
  /** In the order in which their first success, or else their fate, came to be. */
  readonly ended: DeliveryId[] = [];
  readonly failures = new Map<DeliveryId, number>();
  readonly violations: string[] = [];
  private process: Process | undefined;
  private sink = new UnflushedSink();
  private readonly next: Record<Order, number> = { fresh: 0, returning: 0 };
  private readonly committed: Record<Order, Set<number>> = { fresh: new Set(), returning: new Set() };
  private uncommitted: (readonly [Order, number])[] = [];
  private readonly waiting: OutgoingRecord[] = [];
  private readonly answeredRequests = new Set<number>();
  private seenRequests = 0;
  private readonly plan = new ReleasePlan(new Map());
  private asked: ReadonlySet<ParkedQueue> = new Set();
  private reading: number | undefined;
  private memory: LaneMemory | undefined;
  private sweptTo = 0;
  private readonly swept = new Set<DeliveryId>();
  /** A later one of the conversation was sent, since these were worth nothing. */
  private readonly passed = new Set<DeliveryId>();

  private constructor(private endpoint: Endpoint) {}

  static async open(ordering: Ordering): Promise<OrderedWorld> {
    const world = new OrderedWorld(anEndpoint({ ordering, retrySchedule: [1_000, 1_000] }));
    await world.log.follower.follow(TOPICS.lanes, ({ value }) => {
      world.demanded(value);
    });
    await world.startProcess();
    return world;
  }

  get requests(): readonly number[] {
    const all = this.process?.sender.requests ?? [];
    return [...all.keys()].filter((index) => !this.answeredRequests.has(index));
  }

  get unflushed(): readonly TopicName[] {
    return [...this.sink.queues].filter(([, queue]) => queue.length > 0).map(([topic]) => topic);
  }

  get inTiers(): number {
    return this.waiting.length;
  }

  unread(order: Order): number {
    return this.log.of(SOURCE[order]).length - this.next[order];
  }

  get isDone(): boolean {
    const idle = this.unflushed.length === 0 && this.inTiers === 0 && this.requests.length === 0;
    return idle && this.unread('fresh') === 0 && this.unread('returning') === 0 && this.unended.length === 0;
  }

  get unended(): readonly Delivery[] {
    const fates = new Set(this.log.facts.flatMap((fact) => ('fate' in fact ? [fact.deliveryId] : [])));
    return this.published.filter(({ id }) => !fates.has(id));
  }

  publish(conversation: number | undefined, usefulness: Pick<Delivery, 'coalesce' | 'expiresAtMs'>): void {
    const delivery = aDelivery(this.endpoint, {
      ...(conversation === undefined ? {} : { conversationId: `c${String(conversation)}` }),
      // Message ids are in the order of acceptance.
      acceptedAtMs: this.published.length,
      ...usefulness,
    });
    this.published.push(delivery);
    void this.log.append({ topic: TOPICS.deliveries, key: this.endpoint.id, ...recordOf(delivery) });
  }

  /** The dispatcher reads a few records on. */
  async read(order: Order): Promise<void> {
    const { process } = this;
    if (process === undefined) return;
    const from = this.next[order];
    const all = this.log.of(SOURCE[order]).slice(from, from + LONGEST_BATCH);
    this.next[order] += all.length;
    const batch: RecordBatch = {
      lease: process.leases[order],
      records: all
        .map(({ key, value, headers = {} }, index) => ({
          offset: from + index,
          timestampMs: 0,
          key: Buffer.from(key),
          value,
          headers,
        }))
        .filter(({ offset }) => !this.committed[order].has(offset)),
      done: (offset) => this.uncommitted.push([order, offset]),
    };
    process.dispatch.take(batch, order);
    await this.turn();
  }

  commit(): void {
    for (const [order, offset] of this.uncommitted) this.committed[order].add(offset);
    this.uncommitted = [];
  }

  async flush(topic: TopicName, count: number): Promise<void> {
    for (const one of this.sink.queues.get(topic)?.splice(0, count) ?? []) {
      const { record } = one;
      if (record.topic.startsWith('deliveries.retry.')) this.waiting.push(record);
      if (record.topic === TOPICS.journal) this.told(record);
      one.acknowledge(await this.log.append(record));
    }
    await this.turn();
  }

  async answer(index: number, result: AttemptResult): Promise<void> {
    this.answeredRequests.add(index);
    const request = this.process?.sender.requests[index];
    const delivery = this.deliveryOf(request?.request.headers['webhook-id']);
    if (delivery !== undefined) {
      if (result.kind === 'response' && result.status < 300) this.end(delivery.id);
      else this.failures.set(delivery.id, (this.failures.get(delivery.id) ?? 0) + 1);
    }
    request?.answer(result);
    await this.turn();
  }

  async fall(index: number): Promise<void> {
    const [record] = this.waiting.splice(index, 1);
    if (record === undefined) return;
    const { wait: _, ...delivery } = readDelivery(record.headers);
    await this.log.append({ ...record, topic: TOPICS.returning, headers: deliveryHeaders(delivery) });
  }

  /** The scheduler reads on in `parked`, where somebody has asked. */
  async release(count: number): Promise<boolean> {
    const from = this.reading;
    if (from === undefined) return false;
    const records = this.log
      .of(TOPICS.parked)
      .slice(from, from + count)
      .map((record, index) => {
        const delivery = readDelivery(record.headers);
        const queue = parkedQueue(delivery.endpointId, delivery.behind);
        return { offset: from + index, queue, sequence: this.plan.sequenceOf(queue), delivery, record };
      });
    if (records.length === 0) return false;
    this.reading = from + records.length;
    const { handOn, then } = this.plan.read(records);
    for (const { record, delivery, offset, sequence } of handOn) {
      const headers = deliveryHeaders({
        ...delivery,
        parkedOffset: offset,
        ...(sequence === undefined ? {} : { demand: sequence }),
      });
      await this.log.append({ ...record, topic: TOPICS.returning, headers });
    }
    this.follow(then);
    return true;
  }

  /** The scheduler sweeps on in `parked`, where what lay there too long is handed back for its end. */
  async sweep(count: number): Promise<void> {
    // Days go by before.
    while (this.unflushed.length > 0) for (const topic of this.unflushed) await this.flush(topic, Infinity);
    const records = this.log.of(TOPICS.parked).slice(this.sweptTo, this.sweptTo + count);
    for (const [index, record] of records.entries()) {
      const offset = this.sweptTo + index;
      const span = this.memory && parkedSpan(this.memory);
      if (span === undefined || offset < span.oldestOffset || offset > span.newestOffset) continue;
      const headers = deliveryHeaders({ ...readDelivery(record.headers), parkedOffset: offset, parkedTooLong: true });
      await this.log.append({ ...record, topic: TOPICS.returning, headers });
      this.swept.add(readDelivery(headers).id);
    }
    this.sweptTo += records.length;
  }

  async change(changes: Partial<Endpoint>): Promise<void> {
    this.endpoint = { ...this.endpoint, ...changes, version: this.endpoint.version + 1 };
    this.process?.put(this.endpoint);
    await this.turn();
  }

  get isDisabled(): boolean {
    return this.endpoint.disabled;
  }

  async tick(): Promise<void> {
    this.process?.dispatch.relieve();
    this.process?.dispatch.tick();
    await this.turn();
  }

  /** kill -9, and another process in its place: what was not flushed is gone, what was not committed comes again. */
  async crash(): Promise<void> {
    const { process } = this;
    this.uncommitted = [];
    this.next.fresh = 0;
    this.next.returning = 0;
    this.sink = new UnflushedSink();
    await this.startProcess();
    if (process !== undefined) void process.dispatch.stop(0);
  }

  stop(): Promise<void> {
    return this.process?.dispatch.stop(0) ?? Promise.resolve();
  }

  private async startProcess(): Promise<void> {
    this.answeredRequests.clear();
    this.seenRequests = 0;
    this.process = await open(SETTINGS, this.log, this.endpoint, this.sink);
    await this.turn();
  }

  private async turn(): Promise<void> {
    await settle();
    const requests = this.process?.sender.requests ?? [];
    for (const { request } of requests.slice(this.seenRequests)) this.check(request.headers['webhook-id']);
    this.seenRequests = requests.length;
  }

  /** No delivery sets out before those before it in its conversation have ended, or may be passed over. */
  private check(messageId: string | undefined): void {
    const delivery = this.deliveryOf(messageId);
    if (delivery?.conversationId === undefined || this.ended.includes(delivery.id)) return;
    if (this.passed.has(delivery.id)) this.violations.push(`${delivery.id} was sent although it was passed over`);
    const { onFailure } = this.endpoint.ordering ?? { onFailure: undefined };
    for (const earlier of this.published) {
      if (earlier.id === delivery.id) return;
      if (earlier.conversationId !== delivery.conversationId || this.ended.includes(earlier.id)) continue;
      if (onFailure?.kind === 'skip' && (this.failures.get(earlier.id) ?? 0) >= onFailure.afterAttempts) continue;
      if (this.isWorthNothing(earlier)) {
        this.passed.add(earlier.id);
        continue;
      }
      this.violations.push(`${delivery.id} of ${delivery.conversationId} was sent before ${earlier.id}`);
    }
  }

  /** Too late, swept, or there is a newer one: it needs no attempt any more. */
  private isWorthNothing({ id, coalesce, conversationId, expiresAtMs = Infinity }: Delivery): boolean {
    if (Date.now() >= expiresAtMs || this.swept.has(id)) return true;
    if (coalesce === undefined) return false;
    const later = this.published.slice(this.published.findIndex((one) => one.id === id) + 1);
    return later.some((one) => one.coalesce === coalesce && one.conversationId === conversationId);
  }

  private told(record: OutgoingRecord): void {
    const fact = readFact(record.value);
    if (fact.kind === 'attempt' && fact.reason === 'breaker-open') {
      this.failures.set(fact.deliveryId, (this.failures.get(fact.deliveryId) ?? 0) + 1);
    }
    if ('fate' in fact) this.end(fact.deliveryId);
  }

  private end(id: DeliveryId): void {
    if (!this.ended.includes(id)) this.ended.push(id);
  }

  private deliveryOf(messageId: string | undefined): Delivery | undefined {
    return this.published.find((delivery) => delivery.messageId === messageId);
  }

  private demanded(value: Buffer | null): void {
    if (value === null) return;
    const memory = readLane(value);
    this.memory = memory;
    const queues = new Map<ParkedQueue, ReturnType<typeof openDemand>>([[this.endpoint.id, openDemand(memory)]]);
    for (const [mark, demand] of openDemandsBehind(memory.order)) {
      queues.set(parkedQueue(this.endpoint.id, mark), demand);
    }
    for (const queue of this.asked) if (!queues.has(queue)) this.follow(this.plan.demand(queue, undefined));
    this.asked = new Set(queues.keys());
    for (const [queue, demand] of queues) this.follow(this.plan.demand(queue, demand));
  }

  private follow(then: ReadOn): void {
    if (then.kind === 'stop') this.reading = undefined;
    if (then.kind === 'seek') this.reading = then.offset;
  }
}

export const failed = answered(500);
export const delivered = answered(200);
