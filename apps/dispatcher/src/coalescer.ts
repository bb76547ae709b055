import {
  afterGoingAway,
  afterTakingIn,
  coalescingKey,
  isOlder,
  latestOf,
  newerOf,
  supersededBy,
  type Acceptance,
  type Away,
  type EndpointId,
  type LaneMemory,
} from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';

/** What of one key is in this process. */
interface PresentKey {
  latest: Acceptance;
  /** Wait for their turn. */
  readonly waiting: Set<QueuedDelivery>;
  /** Have an attempt under way. */
  readonly begun: Set<QueuedDelivery>;
}

export interface TakenIn {
  /** End here, the arriving delivery perhaps among them. */
  readonly superseded: readonly QueuedDelivery[];
  /** Resolves once what the lane remembers of it is durable; the arriving delivery's offset waits for that. */
  readonly remembered: Promise<void> | undefined;
}

const NOTHING: TakenIn = { superseded: [], remembered: undefined };
// Superseded entries that one lane's queue may hold before they are taken out: taking out looks at the whole queue.
const FEWEST_GHOSTS = 32;
// Counts of them that are kept; to lose one only puts the clearing off.
const MOST_GHOST_COUNTS = 10_000;

/**
 * Latest wins: knows which deliveries of one lane supersede one another, in this process by what is present, beyond
 * it by the lane's memory. A delivery that nothing can supersede costs it one comparison.
 */
export class Coalescer {
  private readonly present = new Map<string, PresentKey>();
  /** Settled, but perhaps still in their lane's queue. */
  private readonly ended = new WeakSet<QueuedDelivery>();
  /** How many of them each lane's queue holds, or more. */
  private readonly ghosts = new Map<EndpointId, number>();

  /** `clear`: takes what matches out of a lane's queue. */
  constructor(
    private readonly store: LaneMemoryStore,
    private readonly metrics: Metrics,
    private readonly queuedIn: (endpointId: EndpointId) => number,
    private readonly clear: (endpointId: EndpointId, matches: (entry: QueuedDelivery) => boolean) => void,
  ) {}

  /** A delivery has been read, fresh or back; before anything else is decided about it. */
  takeIn(entry: QueuedDelivery, nowMs: number): TakenIn {
    const key = coalescingKey(entry.delivery);
    if (key === undefined) return NOTHING;
    const name = laneName(entry);
    const remembers = this.store.get(name.partition, name.endpointId)?.coalescing !== undefined;
    const remembered = remembers
      ? this.store.change(name, (memory) => afterTakingIn(memory, key, entry.delivery, nowMs))
      : undefined;
    const known = this.present.get(presentKey(entry, key));
    const latest = newestKnown(known?.latest, latestOf(this.store.get(name.partition, name.endpointId), key));
    const waiting = [...(known?.waiting ?? [])];
    const superseded = supersededBy(
      { ...entry.delivery, entry },
      waiting.map((one) => ({ ...one.delivery, entry: one })),
      latest,
    ).map((one) => one.entry);
    for (const one of superseded) if (one !== entry) this.makeGhost(one, known);
    if (!superseded.includes(entry)) this.add(entry, key, latest);
    return { superseded, remembered };
  }

  /** Has been settled already: at its turn nothing is left to be done. */
  isSuperseded(entry: QueuedDelivery): boolean {
    return this.ended.has(entry);
  }

  /** Its attempt begins: from now on nothing supersedes it before its answer is known. */
  began(entry: QueuedDelivery): void {
    const known = this.presentOf(entry);
    if (known?.waiting.delete(entry) === true) known.begun.add(entry);
  }

  /** Whether a newer one has been taken in, so that one more attempt would be worth nothing. */
  hasNewer(entry: QueuedDelivery): boolean {
    const key = coalescingKey(entry.delivery);
    if (key === undefined) return false;
    const { partition, endpointId } = laneName(entry);
    const latest = newestKnown(this.presentOf(entry)?.latest, latestOf(this.store.get(partition, endpointId), key));
    return latest !== undefined && isOlder(entry.delivery, latest);
  }

  /** The lane lets go of it for now: what it becomes in the lane's memory, durable before its offset is done. */
  afterGoingAway(memory: LaneMemory, entry: QueuedDelivery, away: Away, nowMs: number): LaneMemory {
    const key = coalescingKey(entry.delivery);
    if (key === undefined) return memory;
    const { acceptedAtMs, messageId } = entry.delivery;
    const going = { acceptedAtMs, messageId, latest: this.presentOf(entry)?.latest };
    const after = afterGoingAway(memory, key, going, away, nowMs);
    if (!after.remembered) this.metrics.of.coalescingForgone.inc();
    return after.memory;
  }

  /** It has been settled, or set aside, or belongs to another process now. */
  left(entry: QueuedDelivery): void {
    const key = coalescingKey(entry.delivery);
    if (key === undefined) return;
    const name = presentKey(entry, key);
    const known = this.present.get(name);
    if (known === undefined) return;
    known.waiting.delete(entry);
    known.begun.delete(entry);
    if (known.waiting.size + known.begun.size === 0) this.present.delete(name);
  }

  /** Forgets what is queued under leases that are lost. */
  forgetLost(): void {
    this.ghosts.clear();
    for (const { waiting } of [...this.present.values()]) {
      for (const entry of [...waiting]) if (entry.lease.lost) this.left(entry);
    }
  }

  private add(entry: QueuedDelivery, key: string, latest: Acceptance | undefined): void {
    const name = presentKey(entry, key);
    const known = this.present.get(name);
    if (known === undefined) {
      const newest = newerOf<Acceptance>(latest, entry.delivery);
      this.present.set(name, { latest: newest, waiting: new Set([entry]), begun: new Set() });
      return;
    }
    known.latest = newerOf<Acceptance>(known.latest, entry.delivery);
    known.waiting.add(entry);
  }

  /** What is superseded stays in the queue until it is worth going through all of it. */
  private makeGhost(entry: QueuedDelivery, known: PresentKey | undefined): void {
    known?.waiting.delete(entry);
    this.ended.add(entry);
    const { endpointId } = entry.delivery;
    const ghosts = (this.ghosts.get(endpointId) ?? 0) + 1;
    if (this.ghosts.size >= MOST_GHOST_COUNTS) this.ghosts.clear();
    if (ghosts < FEWEST_GHOSTS || ghosts * 2 < this.queuedIn(endpointId)) {
      this.ghosts.set(endpointId, ghosts);
      return;
    }
    this.ghosts.delete(endpointId);
    this.clear(endpointId, (one) => this.ended.has(one));
  }

  private presentOf(entry: QueuedDelivery): PresentKey | undefined {
    const key = coalescingKey(entry.delivery);
    return key === undefined ? undefined : this.present.get(presentKey(entry, key));
  }
}

function newestKnown(a: Acceptance | undefined, b: Acceptance | undefined): Acceptance | undefined {
  return b === undefined ? a : newerOf(a, b);
}

function laneName({ delivery, lease }: QueuedDelivery): LaneName {
  return { partition: lease.partition, endpointId: delivery.endpointId, applicationId: delivery.applicationId };
}

/** An id holds no slash. */
function presentKey(entry: QueuedDelivery, key: string): string {
  return `${entry.delivery.endpointId}/${key}`;
}
