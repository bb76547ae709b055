import { ParkedSequence, type DeliveryId, type LaneMemory } from '@signpost/domain';
import type { LaneName } from './lane-memory-store.js';

/** Settled offsets that are remembered, lest a scheduler that serves a demand twice bring them twice. */
const KEPT_SETTLED = 4_096;

/** What this process knows of one ordered lane beside the memory that outlives it. */
export class OrderedLane {
  /** Fresh deliveries on their way: general parking that begins now comes behind them. */
  readonly freshUnderWay = new Set<DeliveryId>();
  /** Parkings on their way, by the mark in `parked`; undefined: the lane's own part. */
  private readonly parking = new Map<string | undefined, number>();
  private readonly sequences = new Map<string | undefined, ParkedSequence>();
  private readonly settledHere = new Set<number>();
  /** Swept while they were on their way, and what to do once they are settled: the sweep will not come by again. */
  private readonly sweptMeanwhile = new Map<number, readonly (() => void)[]>();

  constructor(readonly name: LaneName) {}

  isParking(mark: string | undefined): boolean {
    return this.parking.has(mark);
  }

  get isParkingAny(): boolean {
    return this.parking.size > 0;
  }

  parkingBegins(mark: string | undefined): void {
    this.parking.set(mark, (this.parking.get(mark) ?? 0) + 1);
  }

  parkingEnded(mark: string | undefined): void {
    const left = (this.parking.get(mark) ?? 1) - 1;
    if (left > 0) this.parking.set(mark, left);
    else this.parking.delete(mark);
  }

  hasParked(memory: LaneMemory | undefined): boolean {
    return memory?.parked !== undefined || this.isParking(undefined);
  }

  known(mark: string | undefined): ParkedSequence | undefined {
    return this.sequences.get(mark);
  }

  /** `oldestOffset`: of what an earlier process left. */
  sequence(mark: string | undefined, oldestOffset: number): ParkedSequence {
    const known = this.sequences.get(mark);
    if (known !== undefined) return known;
    const fresh = new ParkedSequence(oldestOffset);
    this.sequences.set(mark, fresh);
    return fresh;
  }

  swept(offset: number, whenSettled: () => void): void {
    this.sweptMeanwhile.set(offset, [...(this.sweptMeanwhile.get(offset) ?? []), whenSettled]);
  }

  wasSwept(offset: number): boolean {
    return this.sweptMeanwhile.has(offset);
  }

  hasSettled(offset: number): boolean {
    return this.settledHere.has(offset);
  }

  /** The lowest offset of the sequence that may be unsettled now. */
  settle(mark: string | undefined, offset: number): number {
    this.settledHere.add(offset);
    const [oldest] = this.settledHere;
    if (this.settledHere.size > KEPT_SETTLED && oldest !== undefined) this.settledHere.delete(oldest);
    return this.sequence(mark, offset + 1).settle(offset);
  }

  /** All that it caused is durable. */
  settled(offset: number): void {
    for (const whenSettled of this.sweptMeanwhile.get(offset) ?? []) whenSettled();
    this.sweptMeanwhile.delete(offset);
  }

  /** Sequences whose demand has brought nothing for so long: what is still to come of it counts no more. */
  withdrawSilent(nowMs: number, patienceMs: number): void {
    for (const [mark, sequence] of this.sequences) {
      if (mark !== undefined) sequence.withdrawSilent(nowMs, patienceMs);
    }
  }

  forget(mark: string): void {
    if (this.sequences.get(mark)?.isIdle === true) this.sequences.delete(mark);
  }

  /** Deliveries that demands for conversations have still to bring. */
  get outstanding(): number {
    let sum = 0;
    for (const [mark, sequence] of this.sequences) if (mark !== undefined) sum += sequence.outstanding;
    return sum;
  }
}
