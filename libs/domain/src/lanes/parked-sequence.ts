/** What came back from `parked`: where it lay, and the demand that it came by. */
export interface ComingBack {
  readonly offset: number;
  readonly demand: number | undefined;
}

const LONGEST_PATIENCE_MS = 300_000;

/**
 * One sequence of an ordered lane's parked records, as this process takes it back: in the order of their offsets and
 * without a gap. Whatever comes out of turn is left where it lies and asked for again; what was taken and cannot be
 * sent after all is put back in the same way, so nothing is ever parked a second time out of its place.
 */
export class ParkedSequence {
  private readonly taken = new Set<number>();
  private open: { readonly sequence: number; left: number; lastOffset: number; heardAtMs: number } | undefined;

  private silences = 0;

  /** `next`: every record below it is settled, or is in this process. */
  constructor(private next: number) {}

  /** Where the next demand has to begin. */
  get from(): number {
    return this.next;
  }

  /** Taken and not settled. */
  get inProcess(): number {
    return this.taken.size;
  }

  /** Records that the open demand has still to bring. */
  get outstanding(): number {
    return this.open?.left ?? 0;
  }

  get isIdle(): boolean {
    return this.taken.size === 0 && this.open === undefined;
  }

  asked(sequence: number, limit: number, nowMs: number): void {
    this.open = { sequence, left: limit, lastOffset: this.next - 1, heardAtMs: nowMs };
  }

  /** Nothing that is still on its way counts any more. */
  withdraw(): void {
    this.open = undefined;
  }

  /** Gives up a demand that has brought nothing for `patienceMs`, doubled with each silence in a row. */
  withdrawSilent(nowMs: number, patienceMs: number): void {
    if (this.open === undefined) return;
    const patience = Math.min(patienceMs * 2 ** Math.min(this.silences, 16), Math.max(patienceMs, LONGEST_PATIENCE_MS));
    if (nowMs - this.open.heardAtMs < patience) return;
    this.silences += 1;
    this.open = undefined;
  }

  /** `isSettled`: there is nothing to be done with it any more. False: it is left where it lies. */
  take({ offset, demand }: ComingBack, isSettled: boolean, nowMs: number): boolean {
    const { open } = this;
    if (open?.sequence !== demand || open === undefined || offset <= open.lastOffset) return false;
    open.lastOffset = offset;
    open.heardAtMs = nowMs;
    this.silences = 0;
    open.left -= 1;
    if (open.left <= 0) this.open = undefined;
    this.next = Math.max(this.next, offset + 1);
    if (isSettled || this.taken.has(offset)) return false;
    this.taken.add(offset);
    return true;
  }

  holds(offset: number): boolean {
    return this.taken.has(offset);
  }

  /** It comes for its end, and so, of what is left, before all that lies behind it: the sweep reads in order. */
  takeSwept(offset: number): void {
    this.taken.add(offset);
    this.next = Math.max(this.next, offset + 1);
  }

  putBack(offset: number): void {
    if (!this.taken.delete(offset)) return;
    this.next = Math.min(this.next, offset);
    this.open = undefined;
  }

  /** The lowest offset that may be unsettled now. */
  settle(offset: number): number {
    this.taken.delete(offset);
    let lowest = this.next;
    for (const other of this.taken) lowest = Math.min(lowest, other);
    return lowest;
  }
}
