import type { EndpointId } from '../ids.js';
import type { ReleaseDemand } from './lane-memory.js';

export interface ParkedRecord {
  readonly offset: number;
  /** Undefined for a record that does not say whose it is. */
  readonly queue: ParkedQueue | undefined;
}

/** What one demand is for: an endpoint's own part of `parked`, or what waits in one of its conversations. */
export type ParkedQueue = EndpointId | `${EndpointId}/${string}`;

/** `behind`: the conversation's mark, as the record has it. */
export function parkedQueue(endpointId: EndpointId, behind: string | undefined): ParkedQueue {
  return behind === undefined ? endpointId : `${endpointId}/${behind}`;
}

/** What the reader of the partition does next. */
export type ReadOn =
  | { readonly kind: 'go-on' }
  | { readonly kind: 'seek'; readonly offset: number }
  /** No demand is open: nothing that comes after matters to anybody. */
  | { readonly kind: 'stop' };

interface OpenDemand {
  readonly sequence: number;
  readonly left: number;
  /** Everything of the queue before this offset has been handed on or was not asked for. */
  readonly scannedTo: number;
}

const GO_ON: ReadOn = { kind: 'go-on' };
const STOP: ReadOn = { kind: 'stop' };
/** Reading over fewer records than these costs less than asking the broker for another place. */
const SKIP_FROM = 1_000;

/**
 * Which records of one partition of `parked` are handed back, and where to read. Each demand gets the first `limit`
 * records of its queue from its offset on; one that the partition cannot meet yet stays open at its end.
 *
 * Whoever drives it seeks when told to, and hands over every record from there on, in order.
 */
export class ReleasePlan {
  private readonly open = new Map<ParkedQueue, OpenDemand>();
  private position: number | undefined;
  private soughtAgain: number | undefined;

  /** `served`: the highest sequence met so far by queue; it outlives this plan, so that a repeat is not served twice. */
  constructor(private readonly served: Map<ParkedQueue, number>) {}

  get openDemands(): number {
    return this.open.size;
  }

  /** The sequence of the demand that the queue's next record is handed on for; undefined: none is open. */
  sequenceOf(queue: ParkedQueue | undefined): number | undefined {
    return queue === undefined ? undefined : this.open.get(queue)?.sequence;
  }

  /** The lane's demand as its memory now has it; undefined: it has none. */
  demand(queue: ParkedQueue, demand: ReleaseDemand | undefined): ReadOn {
    const known = this.open.get(queue);
    if (demand === undefined) {
      this.open.delete(queue);
    } else if (demand.sequence > (this.served.get(queue) ?? 0) && demand.sequence > (known?.sequence ?? 0)) {
      if (demand.limit > 0) {
        const { sequence, fromOffset, limit } = demand;
        this.open.set(queue, { sequence, left: limit, scannedTo: fromOffset });
      } else this.open.delete(queue);
    }
    return this.readOn();
  }

  /** The next records of the partition; the answer names those to hand on. */
  read<R extends ParkedRecord>(records: readonly R[]): { readonly handOn: readonly R[]; readonly then: ReadOn } {
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined || this.position === undefined || last.offset < this.position) {
      return { handOn: [], then: this.readOn() };
    }
    // Retention may have taken what lay between; or this was read before the last seek, and nothing is missing.
    if (first.offset > this.position && this.soughtAgain !== this.position) {
      this.soughtAgain = this.position;
      return { handOn: [], then: { kind: 'seek', offset: this.position } };
    }
    const handOn = records.filter((record) => this.takes(record));
    this.position = last.offset + 1;
    for (const [queue, demand] of this.open) {
      if (demand.scannedTo < this.position) this.open.set(queue, { ...demand, scannedTo: this.position });
    }
    return { handOn, then: this.readOn() };
  }

  private takes({ queue, offset }: ParkedRecord): boolean {
    if (queue === undefined) return false;
    const demand = this.open.get(queue);
    if (demand === undefined || offset < demand.scannedTo) return false;
    if (demand.left > 1) {
      this.open.set(queue, { ...demand, left: demand.left - 1, scannedTo: offset + 1 });
    } else {
      this.open.delete(queue);
      this.served.set(queue, demand.sequence);
    }
    return true;
  }

  private readOn(): ReadOn {
    let wanted = Infinity;
    for (const { scannedTo } of this.open.values()) wanted = Math.min(wanted, scannedTo);
    if (wanted === Infinity) {
      this.position = undefined;
      return STOP;
    }
    if (this.position !== undefined && wanted >= this.position && wanted - this.position < SKIP_FROM) return GO_ON;
    this.position = wanted;
    return { kind: 'seek', offset: wanted };
  }
}
