import { fullBucket, refilled, taken, tokenInMs, type ApplicationId, type TokenBucket } from '@signpost/domain';
import { Fifo } from './fifo.js';

export interface ThrottleSurroundings<L> {
  /** Requests a second that this process may make for the application; undefined: any number. */
  rateOf(applicationId: ApplicationId): number | undefined;
  /** Its application's turn has come. False when it has nothing left to send. */
  released(lane: L): boolean;
  /** All that could be released is. */
  woken(): void;
}

interface Throttled<L> {
  bucket: TokenBucket;
  /** In the order in which they asked. */
  readonly lanes: Fifo<L>;
  timer: NodeJS.Timeout | undefined;
}

/** Where many lanes wait for one application's tokens, one timer serves them all. */
export class ApplicationThrottle<L extends { readonly applicationId: ApplicationId }> {
  private readonly throttled = new Map<ApplicationId, Throttled<L>>();

  constructor(private readonly around: ThrottleSurroundings<L>) {}

  /** Whether the lane may send now; one that may not is released when its application's turn has come. */
  admits(lane: L, nowMs: number): boolean {
    const perSecond = this.around.rateOf(lane.applicationId);
    if (perSecond === undefined) {
      if (this.throttled.size > 0) this.forget(lane.applicationId);
      return true;
    }
    const known = this.throttledOf(lane.applicationId, perSecond, nowMs);
    known.bucket = refilled(known.bucket, perSecond, nowMs);
    const waitMs = tokenInMs(known.bucket, perSecond);
    if (waitMs === 0) return true;
    known.lanes.push(lane);
    known.timer ??= this.wakeIn(lane.applicationId, waitMs);
    return false;
  }

  /** A request goes out. */
  sent(applicationId: ApplicationId): void {
    const known = this.throttled.get(applicationId);
    if (known !== undefined) known.bucket = taken(known.bucket);
  }

  private wakeIn(applicationId: ApplicationId, waitMs: number): NodeJS.Timeout {
    return setTimeout(() => this.release(applicationId, Date.now()), waitMs).unref();
  }

  private release(applicationId: ApplicationId, nowMs: number): void {
    const known = this.throttled.get(applicationId);
    if (known === undefined) return;
    known.timer = undefined;
    const perSecond = this.around.rateOf(applicationId);
    if (perSecond === undefined) this.forget(applicationId);
    else {
      known.bucket = refilled(known.bucket, perSecond, nowMs);
      this.releaseSome(known.lanes, Math.floor(known.bucket.tokens));
      if (known.lanes.length > 0) known.timer = this.wakeIn(applicationId, nextTokenMs(known.bucket, perSecond));
    }
    this.around.woken();
  }

  private releaseSome(lanes: Fifo<L>, count: number): void {
    for (let left = count; left > 0;) {
      const lane = lanes.shift();
      if (lane === undefined) return;
      if (this.around.released(lane)) left -= 1;
    }
  }

  /** It has no limit any more. */
  private forget(applicationId: ApplicationId): void {
    const known = this.throttled.get(applicationId);
    if (known === undefined) return;
    clearTimeout(known.timer);
    this.throttled.delete(applicationId);
    this.releaseSome(known.lanes, Infinity);
  }

  private throttledOf(applicationId: ApplicationId, perSecond: number, nowMs: number): Throttled<L> {
    const known = this.throttled.get(applicationId);
    if (known !== undefined) return known;
    const fresh = { bucket: fullBucket(perSecond, nowMs), lanes: new Fifo<L>(), timer: undefined };
    this.throttled.set(applicationId, fresh);
    return fresh;
  }
}

/** Until one token more than there are now. */
function nextTokenMs({ tokens }: TokenBucket, perSecond: number): number {
  return Math.ceil(((Math.floor(tokens) + 1 - tokens) / perSecond) * 1_000);
}
