import type { FetchAnswer, FetchRequest, WantedPartition } from '../wire/requests/fetch.js';
import type { Target } from './target.js';

const LAST_EPOCH = 0x7fffffff;

/**
 * What the broker remembers of what is fetched from it (KIP-227), so that a request names only what changed:
 * where it read on, what came and what went.
 */
export class FetchSession {
  private readonly members = new Set<Target>();
  private readonly changed = new Set<Target>();
  /** What the broker was told to read, and from where. */
  private readonly asked = new Map<Target, number>();
  private id = 0;
  private epoch = 0;

  add(target: Target): void {
    this.members.add(target);
    this.changed.add(target);
  }

  remove(target: Target): void {
    this.members.delete(target);
    this.changed.add(target);
  }

  /** The offset that the last request asked for; undefined when it did not. */
  askedFor(target: Target): number | undefined {
    return this.asked.get(target);
  }

  /** Its position, or whether it is wanted, is another. */
  touch(target: Target): void {
    this.changed.add(target);
  }

  /** Whether there is anything to ask for. */
  get wanting(): boolean {
    for (const { paused, held } of this.members) if (!paused && !held) return true;
    return false;
  }

  /** The next request; undefined when nothing is wanted. */
  next(): FetchRequest | undefined {
    const wanted: WantedPartition[] = [];
    const forgotten: Target[] = [];
    for (const target of this.changed) {
      if (this.members.has(target) && !target.paused && !target.held) {
        const { topic, partition, position: offset } = target;
        if (this.asked.get(target) !== offset) wanted.push({ topic, partition, offset });
        this.asked.set(target, offset);
      } else if (this.asked.delete(target)) {
        forgotten.push(target);
      }
    }
    this.changed.clear();
    if (this.asked.size === 0) {
      this.reset();
      return undefined;
    }
    const session = { id: this.id, epoch: this.epoch };
    this.epoch = this.epoch === LAST_EPOCH ? 1 : this.epoch + 1;
    return {
      session,
      wanted,
      forgotten: this.id === 0 ? [] : forgotten.filter((gone) => !wanted.some(sameName(gone))),
    };
  }

  /** A broker that keeps no session for us is told everything every time. */
  answered({ sessionId }: FetchAnswer): void {
    if (sessionId === 0) this.reset();
    else this.id = sessionId;
  }

  /** The broker has forgotten it, or whether it took the last request is not known: the next one begins anew. */
  reset(): void {
    this.id = 0;
    this.epoch = 0;
    this.asked.clear();
    for (const target of this.members) this.changed.add(target);
  }
}

/** The broker would forget what it is asked for anew in the same request: a partition that was sought elsewhere. */
function sameName({ topic, partition }: Target): (other: WantedPartition) => boolean {
  return (other) => other.partition === partition && other.topic === topic;
}
