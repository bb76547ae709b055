import type { ApplicationId } from '@signpost/domain';
import { Fifo } from './fifo.js';

interface ApplicationTurns<L> {
  readonly id: ApplicationId;
  readonly lanes: Fifo<L>;
  /** Turns that are left to it before the next application has its own. */
  left: number;
  inRing: boolean;
}

/**
 * Weighted round robin, first between applications and then between the lanes of each: an application with a thousand
 * endpoints has no more turns than one with a single one, but its weight.
 */
export class TurnRing<L extends { readonly applicationId: ApplicationId }> {
  private readonly applications = new Map<ApplicationId, ApplicationTurns<L>>();
  private readonly ring = new Fifo<ApplicationTurns<L>>();
  private current: ApplicationTurns<L> | undefined;

  /** `weightOf`: turns in a row, a whole number from 1. */
  constructor(private readonly weightOf: (applicationId: ApplicationId) => number) {}

  push(lane: L): void {
    const turns = this.turnsOf(lane.applicationId);
    turns.lanes.push(lane);
    if (turns.inRing) return;
    turns.inRing = true;
    turns.left = this.weightOf(turns.id);
    this.ring.push(turns);
  }

  shift(): L | undefined {
    const turns = this.next();
    const lane = turns?.lanes.shift();
    if (turns !== undefined) turns.left -= 1;
    return lane;
  }

  /** The same application while it has turns left: its lane may have come back since its last one. */
  private next(): ApplicationTurns<L> | undefined {
    const { current } = this;
    if (current !== undefined) {
      if (current.lanes.length > 0 && current.left > 0) return current;
      this.leave(current);
    }
    this.current = this.ring.shift();
    return this.current;
  }

  private leave(turns: ApplicationTurns<L>): void {
    turns.left = this.weightOf(turns.id);
    if (turns.lanes.length > 0) this.ring.push(turns);
    else this.applications.delete(turns.id);
  }

  private turnsOf(id: ApplicationId): ApplicationTurns<L> {
    const known = this.applications.get(id);
    if (known !== undefined) return known;
    const fresh = { id, lanes: new Fifo<L>(), left: 0, inRing: false };
    this.applications.set(id, fresh);
    return fresh;
  }
}
