import {
  afterDemand,
  afterSilence,
  asked,
  heard,
  isHeldOff,
  isSwitchedOff,
  mayBeParked,
  overran,
  releaseLimit,
  STARTING_PACE,
  withdrawn,
  type ControlView,
  type EndpointId,
  type ReleasePace,
} from '@signpost/domain';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { Underway } from './underway.js';

export interface ReleaseLimits {
  /** What one lane may hold in its queue. */
  readonly laneRecords: number;
  /** Records that all lanes together may have asked for and not yet have back. */
  readonly outstanding: number;
  /** Milliseconds after which a demand that brings nothing is asked again. */
  readonly patienceMs: number;
}

/** What a lane that has an order allows. */
export interface DemandRules {
  readonly mayAsk: boolean;
  readonly fromOffset: number;
  /** Records that it knows to be parked and not in this process. */
  readonly parked: number;
  /** The demand has been made. */
  asked(limit: number, nowMs: number): void;
}

export interface OrderedDemands {
  /** Undefined for a lane that has no order. */
  rulesOf(name: LaneName): DemandRules | undefined;
  withdrawn(name: LaneName): void;
}

interface Release {
  readonly name: LaneName;
  pace: ReleasePace;
}

/** Asks for what the lanes have parked, as they have room for it. */
export class Releases {
  private readonly releases = new Map<EndpointId, Release>();
  /** Lanes that found too much outstanding already, or whose time has not come. */
  private readonly waiting = new Map<EndpointId, LaneName>();
  private outstandingRecords = 0;

  constructor(
    private readonly limits: ReleaseLimits,
    private readonly store: LaneMemoryStore,
    private readonly view: ControlView,
    private readonly queuedIn: (endpointId: EndpointId) => number,
    private readonly underway: Underway,
    private readonly ordered: OrderedDemands,
  ) {}

  /** Places in the lane's queue that are kept for what it has asked for. */
  reservedFor(endpointId: EndpointId): number {
    return this.releases.get(endpointId)?.pace.open?.outstanding ?? 0;
  }

  /** Called whenever a lane may have become able to take back what it has parked. */
  consider(name: LaneName, nowMs: number): void {
    const memory = this.store.get(name.partition, name.endpointId);
    if (memory?.parked === undefined || !this.store.owns(name.partition)) {
      this.whenDrained(name);
      return;
    }
    const endpoint = this.view.endpoint(name.endpointId);
    // A deleted endpoint's deliveries come back too: each is then cancelled.
    if (endpoint !== undefined && isSwitchedOff(endpoint, memory)) {
      this.withdraw(name);
      return;
    }
    if (endpoint !== undefined && isHeldOff(memory, nowMs)) {
      this.withdraw(name);
      this.waiting.set(name.endpointId, name);
      return;
    }
    const pace = this.releases.get(name.endpointId)?.pace ?? STARTING_PACE;
    const queued = this.queuedIn(name.endpointId);
    const rules = this.ordered.rulesOf(name);
    if (rules?.mayAsk === false) return;
    const parked = rules?.parked ?? mayBeParked(memory.parked);
    const limit = releaseLimit(pace, { queued, capacity: this.limits.laneRecords, parked });
    if (limit <= 0) return;
    if (this.outstandingRecords + limit > this.limits.outstanding) {
      this.waiting.set(name.endpointId, name);
      return;
    }
    this.setPace(name, asked(pace, limit, nowMs));
    this.underway.track(
      this.store.change(name, (known) => afterDemand(known, limit, rules?.fromOffset)),
      undefined,
    );
    rules?.asked(limit, nowMs);
  }

  /** A parked record is back for the first time, and counted in the lane's memory. */
  cameBack(name: LaneName, nowMs: number): void {
    const release = this.releases.get(name.endpointId);
    if (release === undefined) return;
    this.setPace(name, heard(release.pace, nowMs));
    this.whenDrained(name);
  }

  /** A released record of an ordered lane cannot be sent now, and is left where it lies. */
  putBack(name: LaneName): void {
    this.withdraw(name);
    this.waiting.set(name.endpointId, name);
  }

  /** A released record had to be parked again. */
  foundNoRoom(name: LaneName): void {
    const pace = this.releases.get(name.endpointId)?.pace ?? STARTING_PACE;
    this.setPace(name, overran(pace));
    this.waiting.set(name.endpointId, name);
  }

  /** Now and then: asks again where nothing came, and lets those ask that had to wait. */
  tick(nowMs: number): void {
    for (const { name, pace } of [...this.releases.values()]) {
      const after = afterSilence(pace, nowMs, this.limits.patienceMs);
      if (after === pace) continue;
      this.setPace(name, after);
      this.consider(name, nowMs);
    }
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const name of waiting) this.consider(name, nowMs);
  }

  /** A partition is gone, or has come anew: its lanes' demands are another's business. */
  abandon(partition: number): void {
    for (const { name } of [...this.releases.values()]) {
      if (name.partition === partition) this.setPace(name, STARTING_PACE);
    }
  }

  private whenDrained(name: LaneName): void {
    if (!this.releases.has(name.endpointId)) return;
    if (this.store.get(name.partition, name.endpointId)?.parked === undefined) this.withdraw(name);
  }

  /** Lest the scheduler answer what is still open of a demand with what is parked later. */
  private withdraw(name: LaneName): void {
    const open = this.releases.get(name.endpointId)?.pace.open;
    this.setPace(name, STARTING_PACE);
    this.ordered.withdrawn(name);
    if (open !== undefined) this.underway.track(this.store.change(name, withdrawn), undefined);
  }

  /** A pace like that of a lane that never asked needs no place in memory. */
  private setPace(name: LaneName, pace: ReleasePace): void {
    this.outstandingRecords += (pace.open?.outstanding ?? 0) - this.reservedFor(name.endpointId);
    if (pace.open === undefined && pace.limit === STARTING_PACE.limit && pace.silences === 0) {
      this.releases.delete(name.endpointId);
    } else this.releases.set(name.endpointId, { name, pace });
  }
}
