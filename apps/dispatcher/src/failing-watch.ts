import type { EndpointFact } from '@signpost/contracts';
import {
  streakAfterFailure,
  disablesAtMs,
  isEndpointsFailure,
  isStreakWorthWriting,
  isSwitchedOff,
  switchedOff,
  switchedOn,
  withStreak,
  type Endpoint,
  type FailingPolicy,
  type LaneMemory,
  type Verdict,
} from '@signpost/domain';
import type { RecordSink } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import { factRecord } from './follow-up.js';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';

type Failure = Exclude<Verdict, { readonly kind: 'delivered' }>;

/**
 * Follows how each endpoint does as a whole: warns about one that has only failures, switches it off in the end, and
 * says when it is well again. Each of these is a fact in `journal` first and in the lane's memory then: what a crash
 * parts is told again, as the same event, and never forgotten.
 */
export class FailingWatch {
  constructor(
    private readonly store: LaneMemoryStore,
    private readonly sink: RecordSink,
    private readonly policy: FailingPolicy,
  ) {}

  /** What to wait for before the attempt is done; undefined, after nearly every one, when there is nothing. */
  attempted(name: LaneName, endpoint: Endpoint, attempted: Attempted): Promise<void> | undefined {
    const { verdict } = attempted;
    const memory = this.store.get(name.partition, name.endpointId);
    if (verdict.kind === 'delivered') {
      return memory?.failing === undefined ? undefined : this.succeeded(name, endpoint, memory, attempted.endedAtMs);
    }
    // A late answer to what is switched off already changes nothing, and what failed on our side is no proof.
    if (!isEndpointsFailure(verdict) || isSwitchedOff(endpoint, memory) || !this.store.owns(name.partition)) {
      return undefined;
    }
    return verdict.kind === 'gone'
      ? this.switchOff(name, endpoint, attempted, verdict, 'gone')
      : this.failed(name, endpoint, attempted, verdict);
  }

  private succeeded(
    name: LaneName,
    endpoint: Endpoint,
    { failing }: LaneMemory,
    atMs: number,
  ): Promise<void> | undefined {
    if (failing === undefined || !this.store.owns(name.partition)) return undefined;
    const end = (memory: LaneMemory) => withStreak(memory, undefined);
    if (failing.warnedPercent === 0) return this.store.changeLazily(name, end, this.isWorthWriting);
    return this.store.change(
      name,
      end,
      this.tell({ ...ofEndpoint(endpoint, atMs), state: 'recovered', failingSinceMs: failing.sinceMs }),
    );
  }

  private failed(
    name: LaneName,
    endpoint: Endpoint,
    attempted: Attempted,
    failure: Failure,
  ): Promise<void> | undefined {
    const before = this.streakOf(name);
    const { streak, step } = streakAfterFailure(before, attempted.endedAtMs, this.policy, failure.reason);
    const goesOn = (memory: LaneMemory) => withStreak(switchedOn(memory), streak);
    switch (step.kind) {
      case 'none':
        return this.store.changeLazily(name, goesOn, this.isWorthWriting);
      case 'warn':
        return this.store.change(
          name,
          goesOn,
          this.tell({
            ...ofEndpoint(endpoint, attempted.endedAtMs),
            state: 'warned',
            percent: step.percent,
            failingSinceMs: streak.sinceMs,
            disablesAtMs: disablesAtMs(streak),
            lastFailure: lastFailure(attempted, failure),
          }),
        );
      case 'disable':
        return this.switchOff(name, endpoint, attempted, failure, 'failing');
    }
  }

  private switchOff(
    name: LaneName,
    endpoint: Endpoint,
    attempted: Attempted,
    failure: Failure,
    reason: 'gone' | 'failing',
  ): Promise<void> {
    const atMs = attempted.endedAtMs;
    const { streak } = streakAfterFailure(this.streakOf(name), atMs, this.policy, failure.reason);
    return this.store.change(
      name,
      (memory) => switchedOff(withStreak(switchedOn(memory), streak), atMs, reason, endpoint.version),
      this.tell({
        ...ofEndpoint(endpoint, atMs),
        state: 'disabled',
        reason,
        failingSinceMs: streak.sinceMs,
        lastFailure: lastFailure(attempted, failure),
      }),
    );
  }

  /** Asked only while it is not switched off: what is left of an earlier time when it was counts no more. */
  private streakOf(name: LaneName): LaneMemory['failing'] {
    const memory = this.store.get(name.partition, name.endpointId);
    return memory?.disabled === undefined ? memory?.failing : undefined;
  }

  private readonly isWorthWriting = (written: LaneMemory | undefined, after: LaneMemory): boolean =>
    isStreakWorthWriting(written?.failing, after.failing, this.policy);

  private tell(fact: EndpointFact): Promise<unknown> {
    return this.sink.append(factRecord(fact));
  }
}

function ofEndpoint({ id, applicationId, version }: Endpoint, atMs: number) {
  return { kind: 'endpoint', endpointId: id, applicationId, endpointVersion: version, atMs } as const;
}

function lastFailure({ status }: Attempted, { reason }: Failure) {
  return { reason, ...(status === undefined ? {} : { status }) };
}
