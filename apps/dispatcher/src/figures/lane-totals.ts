import { parkedCount, type LaneMemory } from '@signpost/domain';

/** What lanes remember, counted as it changes: to look at each of them would take too long. */
export class LaneTotals {
  private parkedDeliveries = 0;
  private disabledLanes = 0;

  get parked(): number {
    return this.parkedDeliveries;
  }

  /** Of those that Signpost itself switched off. */
  get disabled(): number {
    return this.disabledLanes;
  }

  changed(before: LaneMemory | undefined, after: LaneMemory | undefined): void {
    if (before?.parked !== after?.parked || before?.order !== after?.order) {
      this.parkedDeliveries += parkedCount(after) - parkedCount(before);
    }
    if (before?.disabled !== after?.disabled) this.disabledLanes += disabledOf(after) - disabledOf(before);
  }
}

const disabledOf = (memory: LaneMemory | undefined): number => (memory?.disabled === undefined ? 0 : 1);
