import { fullBucket, refilled, taken, tokenInMs, type TokenBucket } from '../lanes/token-bucket.js';
import { RecentRate } from './recent-rate.js';

/** Who said nothing for so long takes nothing in any more. */
const SILENCE_MS = 3_000;
/** What all processes together leave untold of an application comes to at most this part of its quota. */
const UNTOLD = 0.1;
const MOST_TOLD = 5_000;

/** Messages a second of each application. */
export type IntakeRates = ReadonlyMap<string, number>;

/**
 * How many messages a second one process may take in within an application's quota. While all of them together stay below it,
 * what the others leave of it; above it, as much of it as the process has of the whole. Over all processes that adds up to the quota.
 */
export function shareOfQuota(quota: number, own: number, others: number): number {
  const all = own + others;
  return all <= quota ? quota - others : quota * (own / all);
}

interface Share {
  readonly rate: RecentRate;
  quota: number;
  allowed: number;
  bucket: TokenBucket;
}

/** One process' part in the quotas of the applications that were active lately. Nobody is asked while a message waits. */
export class IntakeShares {
  private readonly shares = new Map<string, Share>();
  private readonly others = new Map<string, { readonly rates: IntakeRates; readonly atMs: number }>();
  private rolledMs: number | undefined;

  /** Nothing was taken in lately. */
  get isIdle(): boolean {
    return this.shares.size === 0;
  }

  /** One more message of an application. False: it is above its quota. */
  take(application: string, quota: number, nowMs: number): boolean {
    const share = this.shareOf(application, quota, nowMs);
    share.rate.add();
    share.bucket = refilled(share.bucket, share.allowed, nowMs);
    if (tokenInMs(share.bucket, 1) > 0) return false;
    share.bucket = taken(share.bucket);
    return true;
  }

  /** What another process takes in: all that is notable of it. */
  hear(process: string, rates: IntakeRates, nowMs: number): void {
    this.others.set(process, { rates, atMs: nowMs });
  }

  /** Reckons anew, some times a second. What the others have to know: the rates of all that come near their quota somewhere. */
  roll(nowMs: number): IntakeRates {
    const elapsedMs = nowMs - (this.rolledMs ?? nowMs);
    this.rolledMs = nowMs;
    for (const [process, { atMs }] of this.others) if (nowMs - atMs > SILENCE_MS) this.others.delete(process);
    const told: { readonly application: string; readonly rate: number; readonly part: number }[] = [];
    const notable = UNTOLD / (this.others.size + 1);
    for (const [application, share] of this.shares) {
      const rate = share.rate.roll(elapsedMs);
      if (rate === 0 && elapsedMs > 0) {
        this.shares.delete(application);
        continue;
      }
      share.bucket = refilled(share.bucket, share.allowed, nowMs);
      share.allowed = shareOfQuota(share.quota, rate, this.othersOf(application, nowMs));
      const part = rate / share.quota;
      if (part >= notable) told.push({ application, rate, part });
    }
    if (this.shares.size === 0) this.rolledMs = undefined;
    if (told.length > MOST_TOLD) told.sort((a, b) => b.part - a.part);
    return new Map(told.slice(0, MOST_TOLD).map(({ application, rate }) => [application, rate]));
  }

  private shareOf(application: string, quota: number, nowMs: number): Share {
    this.rolledMs ??= nowMs;
    const known = this.shares.get(application);
    if (known !== undefined) {
      if (known.quota !== quota) {
        known.quota = quota;
        known.allowed = quota;
      }
      return known;
    }
    const allowed = Math.max(0, quota - this.othersOf(application, nowMs));
    const fresh: Share = { rate: new RecentRate(), quota, allowed, bucket: fullBucket(allowed, nowMs) };
    this.shares.set(application, fresh);
    return fresh;
  }

  private othersOf(application: string, nowMs: number): number {
    let sum = 0;
    for (const { rates, atMs } of this.others.values())
      if (nowMs - atMs <= SILENCE_MS) sum += rates.get(application) ?? 0;
    return sum;
  }
}
