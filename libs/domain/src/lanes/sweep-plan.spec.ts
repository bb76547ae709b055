import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type EndpointId } from '../ids.js';
import { afterParking, afterReturn, emptyLane, type LaneMemory } from './lane-memory.js';
import { SweepPlan, type SweepableRecord } from './sweep-plan.js';

const MAX_AGE_MS = 1_000;
const LANES = [newId('ep', 1), newId('ep', 2), newId('ep', 3)] as const;
const applicationId = newId('app', 1);

interface Step {
  readonly lane: number;
  readonly act: 'park' | 'release' | 'sweep' | 'reassign';
  readonly passMs: number;
}

const steps = fc.array(
  fc.record({
    lane: fc.nat({ max: LANES.length - 1 }),
    act: fc.constantFrom<Step['act']>('park', 'park', 'release', 'sweep', 'sweep', 'reassign'),
    passMs: fc.nat({ max: 700 }),
  }),
  { maxLength: 120 },
);

/** One partition: its log, its lanes' memories, and a reader that begins again at the last commit when reassigned. */
class Partition {
  readonly log: SweepableRecord[] = [];
  readonly released = new Set<number>();
  readonly swept: number[] = [];
  private readonly memories = new Map<EndpointId, LaneMemory>();
  private readonly plan = new SweepPlan(MAX_AGE_MS);
  private position = 0;
  private committed = 0;
  nowMs = 0;

  play({ lane, act, passMs }: Step): void {
    this.nowMs += passMs;
    const endpointId = LANES[lane] ?? LANES[0];
    switch (act) {
      case 'park':
        this.set(endpointId, (memory) => afterParking(memory, this.log.length));
        this.log.push({ offset: this.log.length, timestampMs: this.nowMs, endpointId });
        return;
      case 'release':
        this.release(endpointId);
        return;
      case 'sweep':
        this.sweep();
        return;
      case 'reassign':
        this.position = this.committed;
        return;
    }
  }

  memoryOf(endpointId: EndpointId | undefined): LaneMemory['parked'] {
    return endpointId && this.memories.get(endpointId)?.parked;
  }

  private release(endpointId: EndpointId): void {
    const oldest = this.memoryOf(endpointId)?.oldestOffset;
    if (oldest === undefined) return;
    const first = this.log.find((record) => record.endpointId === endpointId && record.offset >= oldest);
    if (first === undefined || this.swept.includes(first.offset)) return;
    this.released.add(first.offset);
    this.set(endpointId, (memory) => afterReturn(memory, first.offset));
  }

  private sweep(): void {
    this.committed = this.position;
    for (; this.position < this.log.length; this.position += 1) {
      const record = this.log[this.position];
      if (record === undefined) return;
      const step = this.plan.next(record, this.memoryOf(record.endpointId), this.nowMs);
      if (step.kind === 'wait') return;
      if (step.kind === 'leave') continue;
      this.plan.handedOver(record.offset);
      this.swept.push(record.offset);
    }
  }

  private set(endpointId: EndpointId, change: (memory: LaneMemory) => LaneMemory): void {
    this.memories.set(endpointId, change(this.memories.get(endpointId) ?? emptyLane(endpointId, applicationId)));
  }
}

describe('the sweep of parked', () => {
  const play = (acts: readonly Step[]): Partition => {
    const partition = new Partition();
    for (const act of acts) partition.play(act);
    return partition;
  };

  it('takes nothing that is younger than its age', () => {
    fc.assert(
      fc.property(steps, (acts) => {
        const partition = new Partition();
        for (const act of acts) {
          const before = partition.swept.length;
          partition.play(act);
          for (const offset of partition.swept.slice(before)) {
            expect(partition.nowMs - (partition.log[offset]?.timestampMs ?? 0)).toBeGreaterThanOrEqual(MAX_AGE_MS);
          }
        }
      }),
    );
  });

  it('takes nothing twice in one process, however often its partition is assigned to it', () => {
    fc.assert(
      fc.property(steps, (acts) => {
        const { swept } = play(acts);
        expect(new Set(swept).size).toBe(swept.length);
      }),
    );
  });

  it('leaves alone what was released before, and in the end takes all the rest', () => {
    fc.assert(
      fc.property(steps, (acts) => {
        const partition = play([...acts, { lane: 0, act: 'sweep', passMs: MAX_AGE_MS }]);
        const all = [...partition.swept, ...partition.released].sort((a, b) => a - b);
        expect(all).toEqual(partition.log.map(({ offset }) => offset));
      }),
    );
  });

  it('says until when it waits, and leaves a record that says nothing of whose it is', () => {
    const plan = new SweepPlan(MAX_AGE_MS);
    const parked = { oldestOffset: 4, newestOffset: 4, count: 1 };
    const record = { offset: 4, timestampMs: 500, endpointId: LANES[0] };
    expect(plan.next(record, parked, 1_499)).toEqual({ kind: 'wait', untilMs: 1_500 });
    expect(plan.next(record, undefined, 1_500)).toEqual({ kind: 'leave' });
    expect(plan.next(record, { ...parked, oldestOffset: 5 }, 1_500)).toEqual({ kind: 'leave' });
    expect(plan.next({ ...record, offset: 5 }, parked, 1_500)).toEqual({ kind: 'leave' });
    expect(plan.next(record, parked, 1_500)).toEqual({ kind: 'hand-over' });
  });
});
