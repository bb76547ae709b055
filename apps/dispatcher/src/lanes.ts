import { afterSend, afterSignal, isNarrowed, laneTurn, type EndpointId, type LaneRules } from '@signpost/domain';
import { ApplicationThrottle } from './application-throttle.js';
import { Fifo } from './fifo.js';
import { laneCensus, type LaneCensus } from './figures/lane-census.js';
import { Lane, type LaneEntry } from './lane.js';
import type { LaneLimits, LaneSurroundings } from './lane-surroundings.js';
import { TurnRing } from './turn-ring.js';
import type { Ended, Turn } from './turn.js';

// A slow lane may hold a quarter of what is free of the shared memory, and have under way a quarter of the places that
// are free for slow lanes: however many are slow, some stays free for the next.
const SHARE_OF_FREE = 0.25;
// A lane with nothing queued may even go above the shared memory, by a quarter of it.
const RESERVE = 1.25;
// An endpoint is quick by its mean answer time, and until it is known. While this process has its hands full, its own
// slowness shows in every answer time.
const QUICK_MS = 100;
const QUICK_WHEN_BUSY_MS = 1_000;
const WEIGHT_OF_LATEST = 0.1;
const SILENT_CHECKS = 3;
/** Held lanes that are looked at when a request has ended: more than one, so that places that are free get used. */
const LOOKS_AT_HELD = 4;
/** Lanes with nothing to do whose pace is kept, those used last. */
const KEPT_IDLE = 10_000;
const LONGEST_TIMER_MS = 60_000;

/**
 * All lanes of the process. Those with work that may be done now take turns, one entry each: no endpoint takes
 * another's turn, no application another's.
 *
 * The queue of a slow endpoint is bounded. That of a quick one is not, since it is this process that cannot keep up
 * then: to set deliveries aside in Kafka would cost it more than to make them. What is read and not yet done is
 * bounded by the consumer, which reads no further for that moment.
 */
export class Lanes<E extends LaneEntry> {
  private readonly lanes = new Map<EndpointId, Lane<E>>();
  private readonly idle = new Map<EndpointId, Lane<E>>();
  private readonly ring: TurnRing<Lane<E>>;
  private readonly held = new Fifo<Lane<E>>();
  private readonly throttle: ApplicationThrottle<Lane<E>>;
  /** Bytes in the queues of lanes that are not quick. */
  private shared = 0;
  private queuedEntries = 0;
  private takenTurns = 0;
  private slowTurns = 0;

  constructor(
    private readonly limits: LaneLimits,
    private readonly around: LaneSurroundings,
  ) {
    this.ring = new TurnRing((applicationId) => around.weightOf(applicationId));
    this.throttle = new ApplicationThrottle({
      rateOf: (applicationId) => around.rateOf(applicationId),
      released: (lane) => this.backIn(lane),
      woken: () => around.woken(),
    });
  }

  get queued(): number {
    return this.queuedEntries;
  }

  get inFlight(): number {
    return this.takenTurns;
  }

  get size(): number {
    return this.lanes.size;
  }

  /** Of all lanes in memory, those with nothing to do included. */
  census(nowMs: number): LaneCensus {
    return laneCensus([this.lanes.values(), this.idle.values()], nowMs);
  }

  queuedIn(endpointId: EndpointId): number {
    return this.lanes.get(endpointId)?.queued ?? 0;
  }

  /** False when the lane, or the process, has no room. `reserved`: places of the queue that are kept for others. */
  offer(entry: E, reserved: number): boolean {
    const lane = this.laneOf(entry);
    if (!this.hasRoom(lane, entry.bytes, reserved)) {
      this.restIdle(lane);
      return false;
    }
    lane.push(entry);
    this.entered(lane, entry);
    this.enterRing(lane);
    return true;
  }

  next(nowMs: number): Turn<E> | undefined {
    for (let lane = this.ring.shift(); lane !== undefined; lane = this.ring.shift()) {
      lane.place = 'none';
      const turn = this.turnOf(lane, nowMs);
      if (turn !== undefined) return turn;
    }
    return undefined;
  }

  /** A request has ended, or was not made after all. */
  finished(lane: Lane<E>, ended: Ended | undefined, nowMs: number): void {
    if (ended !== undefined) this.learn(lane, ended, nowMs);
    if (!lane.quick) this.slowTurns -= 1;
    lane.inFlight -= 1;
    this.takenTurns -= 1;
    this.enterRing(lane);
    this.releaseHeld();
    this.restIdle(lane);
  }

  /** Takes out of the queues what matches; requests under way go on. */
  discard(matches: (entry: E) => boolean): void {
    for (const lane of this.lanes.values()) {
      for (const entry of lane.extract(matches)) this.left(lane, entry);
      this.restIdle(lane);
    }
  }

  /** Takes out of one lane's queue what matches, oldest first. */
  extract(endpointId: EndpointId, matches: (entry: E) => boolean): readonly E[] {
    const lane = this.lanes.get(endpointId);
    if (lane === undefined) return [];
    const out = lane.extract(matches);
    for (const entry of out) this.left(lane, entry);
    this.restIdle(lane);
    return out;
  }

  /** All that a conversation's delivery caused is durable: its next may have its turn. */
  conversationFreed(entry: E): void {
    const lane = this.lanes.get(entry.delivery.endpointId);
    if (lane === undefined || entry.conversation === undefined) return;
    lane.conversations.free(entry.conversation, entry);
    this.enterRing(lane);
    this.restIdle(lane);
  }

  /** Takes out all that a lane has queued, oldest first. */
  emptied(endpointId: EndpointId): readonly E[] {
    const lane = this.lanes.get(endpointId);
    return lane === undefined ? [] : this.truncated(lane, 0);
  }

  /** About ten times a second: takes out and returns what lanes hold beyond their bound that are quick no longer. */
  overdue(): readonly E[] {
    const out: E[] = [];
    for (const lane of this.lanes.values()) {
      lane.silentChecks = lane.inFlight === 0 ? 0 : lane.silentChecks + 1;
      if (lane.silentChecks > SILENT_CHECKS) this.setQuick(lane, false);
      if (lane.quick || lane.queued <= this.limits.laneRecords) continue;
      out.push(...this.truncated(lane, this.limits.laneRecords));
    }
    return out;
  }

  /** Lanes begin anew with what is remembered of them. */
  resetPace(endpointId: EndpointId): void {
    this.idle.delete(endpointId);
    const lane = this.lanes.get(endpointId);
    if (lane === undefined) return;
    lane.pace = this.around.paceOf(endpointId);
    if (lane.place !== 'waiting') return;
    clearTimeout(lane.timer);
    this.wake(lane);
  }

  /** What was known of lanes that may be another process's meanwhile. */
  forgetIdle(): void {
    this.idle.clear();
  }

  private turnOf(lane: Lane<E>, nowMs: number): Turn<E> | undefined {
    // discard() and emptied() take from lanes that stand in the ring.
    if (!lane.isReady) {
      this.restIdle(lane);
      return undefined;
    }
    const rules = this.around.rulesOf(lane.endpointId);
    const turn = laneTurn(lane.pace, rules, lane.inFlight, nowMs);
    switch (turn.kind) {
      case 'send':
        return this.send(lane, rules, nowMs);
      case 'refuse': {
        const entry = this.take(lane);
        this.enterRing(lane);
        this.restIdle(lane);
        return entry === undefined ? undefined : { kind: 'refuse', lane, entry, isHeldBack: true };
      }
      case 'wait':
        this.holdBack(lane);
        this.wakeAt(lane, turn.untilMs, nowMs);
        return undefined;
      case 'full':
        if (isNarrowed(lane.pace, rules)) this.holdBack(lane);
        return undefined;
    }
  }

  private send(lane: Lane<E>, rules: LaneRules, nowMs: number): Turn<E> | undefined {
    if (!this.hasPlace(lane)) {
      this.hold(lane);
      return undefined;
    }
    if (!this.throttle.admits(lane, nowMs)) {
      this.holdBack(lane);
      lane.place = 'throttled';
      return undefined;
    }
    // The last one out leaves a lane that nothing is held back in.
    const { heldBack } = lane;
    const entry = this.take(lane);
    if (entry === undefined) return undefined;
    this.throttle.sent(lane.applicationId);
    lane.pace = afterSend(lane.pace, rules, nowMs);
    lane.inFlight += 1;
    this.takenTurns += 1;
    if (!lane.quick) this.slowTurns += 1;
    this.enterRing(lane);
    return { kind: 'send', lane, entry, isHeldBack: heldBack || entry.isBehindAnother === true };
  }

  private take(lane: Lane<E>): E | undefined {
    const entry = lane.shift();
    if (entry !== undefined) this.left(lane, entry);
    return entry;
  }

  private learn(lane: Lane<E>, { signal, tookMs, preparedMs }: Ended, nowMs: number): void {
    if (signal !== undefined) {
      const { maximumUnderWay: maximum } = this.around.rulesOf(lane.endpointId);
      lane.pace = afterSignal(lane.pace, signal, { underWay: lane.inFlight, tookMs, nowMs, maximum });
    }
    const overallMs = preparedMs + tookMs;
    const before = lane.answerMs ?? overallMs;
    lane.answerMs = before + (overallMs - before) * WEIGHT_OF_LATEST;
    lane.silentChecks = 0;
    const quickMs = this.around.isBusy() ? QUICK_WHEN_BUSY_MS : QUICK_MS;
    this.setQuick(lane, !lane.heldBack && lane.answerMs <= quickMs);
  }

  private holdBack(lane: Lane<E>): void {
    lane.heldBack = true;
    this.setQuick(lane, false);
  }

  private setQuick(lane: Lane<E>, quick: boolean): void {
    if (lane.quick === quick) return;
    this.shared += quick ? -lane.bytes : lane.bytes;
    this.slowTurns += quick ? -lane.inFlight : lane.inFlight;
    lane.quick = quick;
    if (quick) this.releaseHeld();
  }

  private hasRoom(lane: Lane<E>, bytes: number, reserved: number): boolean {
    if (lane.quick) return true;
    const { laneRecords, laneBytes, sharedBytes } = this.limits;
    const { queued, bytes: held } = lane;
    if (queued + reserved >= laneRecords) return false;
    if (queued > 0 && held + bytes > laneBytes) return false;
    if (queued === 0 && this.shared + bytes <= sharedBytes * RESERVE) return true;
    return held + bytes <= (sharedBytes - this.shared) * SHARE_OF_FREE;
  }

  private entered(lane: Lane<E>, entry: E): void {
    lane.bytes += entry.bytes;
    if (!lane.quick) this.shared += entry.bytes;
    this.queuedEntries += 1;
  }

  private left(lane: Lane<E>, entry: E): void {
    lane.bytes -= entry.bytes;
    if (!lane.quick) this.shared -= entry.bytes;
    this.queuedEntries -= 1;
    if (lane.queued === 0) lane.heldBack = false;
  }

  private truncated(lane: Lane<E>, kept: number): readonly E[] {
    const out = lane.truncate(kept);
    for (const entry of out) this.left(lane, entry);
    return out;
  }

  private enterRing(lane: Lane<E>): void {
    if (lane.place !== 'none' || !lane.isReady) return;
    lane.place = 'ring';
    this.ring.push(lane);
  }

  private wakeAt(lane: Lane<E>, untilMs: number, nowMs: number): void {
    lane.place = 'waiting';
    lane.timer = setTimeout(() => this.wake(lane), Math.min(untilMs - nowMs, LONGEST_TIMER_MS)).unref();
  }

  private wake(lane: Lane<E>): void {
    lane.place = 'none';
    lane.timer = undefined;
    this.enterRing(lane);
    this.restIdle(lane);
    this.around.woken();
  }

  /** A lane with nothing under way gets a place as long as there is one. */
  private hasPlace(lane: Lane<E>): boolean {
    if (lane.quick) return true;
    const free = this.limits.slowInFlight - this.slowTurns;
    return free > 0 && lane.inFlight < Math.max(1, free * SHARE_OF_FREE);
  }

  private hold(lane: Lane<E>): void {
    lane.place = 'held';
    this.held.push(lane);
  }

  private releaseHeld(): void {
    for (let looks = Math.min(LOOKS_AT_HELD, this.held.length); looks > 0; looks -= 1) {
      const lane = this.held.shift();
      if (lane === undefined) return;
      if (!this.hasPlace(lane)) {
        this.hold(lane);
        continue;
      }
      this.backIn(lane);
    }
  }

  /** False when it has nothing to do there. */
  private backIn(lane: Lane<E>): boolean {
    lane.place = 'none';
    this.enterRing(lane);
    this.restIdle(lane);
    return lane.isReady;
  }

  private laneOf({ delivery: { endpointId, applicationId } }: E): Lane<E> {
    const known = this.lanes.get(endpointId);
    if (known !== undefined) return known;
    const lane = this.idle.get(endpointId) ?? new Lane<E>(endpointId, applicationId, this.around.paceOf(endpointId));
    this.idle.delete(endpointId);
    this.lanes.set(endpointId, lane);
    return lane;
  }

  /** A lane with nothing to do is kept for its pace's sake, as long as there is room. */
  private restIdle(lane: Lane<E>): void {
    if (lane.queued > 0 || lane.inFlight > 0 || lane.conversations.isBusy || lane.place !== 'none') return;
    if (!this.lanes.delete(lane.endpointId)) return;
    this.idle.set(lane.endpointId, lane);
    if (this.idle.size <= KEPT_IDLE) return;
    const [oldest] = this.idle.keys();
    if (oldest !== undefined) this.idle.delete(oldest);
  }
}
