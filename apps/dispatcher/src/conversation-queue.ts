import { Fifo } from './fifo.js';

interface Strand<E> {
  readonly entries: Fifo<E>;
  /** On its way, or all that it caused is not yet durable. */
  busy: E | undefined;
  waitsForTurn: boolean;
}

/** Conversations take turns; of each, one delivery at a time and in the order in which they came. */
export class ConversationQueue<E> {
  private readonly strands = new Map<string, Strand<E>>();
  private turns = new Fifo<Strand<E>>();
  private entries = 0;
  private busy = 0;

  get length(): number {
    return this.entries;
  }

  get isReady(): boolean {
    return this.turns.length > 0;
  }

  get isBusy(): boolean {
    return this.busy > 0;
  }

  /** True when it has to wait for others of its conversation. */
  push(entry: E, conversation: string): boolean {
    let strand = this.strands.get(conversation);
    if (strand === undefined) {
      strand = { entries: new Fifo(), busy: undefined, waitsForTurn: false };
      this.strands.set(conversation, strand);
    }
    const waits = strand.busy !== undefined || strand.entries.length > 0;
    strand.entries.push(entry);
    this.entries += 1;
    this.enterTurns(strand);
    return waits;
  }

  /** The next delivery whose conversation has none on its way; that conversation then waits for free(). */
  shift(): E | undefined {
    const strand = this.turns.shift();
    if (strand === undefined) return undefined;
    strand.waitsForTurn = false;
    strand.busy = strand.entries.shift();
    this.busy += 1;
    this.entries -= 1;
    return strand.busy;
  }

  /** Nothing happens unless it was this one that the conversation waited for. */
  free(conversation: string, entry: E): void {
    const strand = this.strands.get(conversation);
    if (strand?.busy !== entry) return;
    strand.busy = undefined;
    this.busy -= 1;
    this.enterTurns(strand);
    this.forget(conversation, strand);
  }

  /** Takes out all that match; of each conversation oldest first. */
  extract(matches: (entry: E) => boolean): readonly E[] {
    const out: E[] = [];
    this.turns = new Fifo();
    for (const [conversation, strand] of this.strands) {
      out.push(...strand.entries.extract(matches));
      strand.waitsForTurn = false;
      this.enterTurns(strand);
      this.forget(conversation, strand);
    }
    this.entries -= out.length;
    return out;
  }

  private enterTurns(strand: Strand<E>): void {
    if (strand.busy !== undefined || strand.waitsForTurn || strand.entries.length === 0) return;
    strand.waitsForTurn = true;
    this.turns.push(strand);
  }

  private forget(conversation: string, strand: Strand<E>): void {
    if (strand.busy === undefined && strand.entries.length === 0) this.strands.delete(conversation);
  }
}
