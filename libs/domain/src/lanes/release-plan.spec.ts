import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type EndpointId } from '../ids.js';
import { ReleasePlan, type ParkedRecord, type ReadOn } from './release-plan.js';

const [one, two, three] = [newId('ep', 1), newId('ep', 2), newId('ep', 3)];
const at = (offset: number, endpointId: EndpointId): ParkedRecord => ({ offset, queue: endpointId });

describe('ReleasePlan', () => {
  it('seeks to the oldest demand, hands on what was asked for, and stops', () => {
    const plan = new ReleasePlan(new Map());
    expect(plan.demand(one, { sequence: 1, fromOffset: 40, limit: 1 })).toEqual({ kind: 'seek', offset: 40 });
    expect(plan.demand(two, { sequence: 1, fromOffset: 10, limit: 2 })).toEqual({ kind: 'seek', offset: 10 });
    const first = plan.read([at(10, one), at(12, two), at(13, three)]);
    expect(first).toEqual({ handOn: [at(12, two)], then: { kind: 'go-on' } });
    const second = plan.read([at(14, two), at(15, two), at(41, one), at(42, one)]);
    expect(second).toEqual({ handOn: [at(14, two), at(41, one)], then: { kind: 'stop' } });
  });

  it('serves a sequence once, also when the partition has been away', () => {
    const served = new Map<EndpointId, number>();
    const plan = new ReleasePlan(served);
    plan.demand(one, { sequence: 1, fromOffset: 0, limit: 1 });
    plan.read([at(0, one)]);
    expect(plan.demand(one, { sequence: 1, fromOffset: 0, limit: 1 })).toEqual({ kind: 'stop' });
    const again = new ReleasePlan(served);
    expect(again.demand(one, { sequence: 1, fromOffset: 0, limit: 1 })).toEqual({ kind: 'stop' });
    expect(again.demand(one, { sequence: 2, fromOffset: 0, limit: 1 })).toEqual({ kind: 'seek', offset: 0 });
  });

  it('stays open at the end of the partition, and closes when the lane withdraws', () => {
    const plan = new ReleasePlan(new Map());
    plan.demand(one, { sequence: 1, fromOffset: 0, limit: 5 });
    expect(plan.read([at(0, one), at(1, two)]).then).toEqual({ kind: 'go-on' });
    expect(plan.demand(one, { sequence: 1, fromOffset: 0, limit: 5 })).toEqual({ kind: 'go-on' });
    expect(plan.read([at(2, one)]).handOn).toEqual([at(2, one)]);
    expect(plan.demand(one, undefined)).toEqual({ kind: 'stop' });
    expect(plan.read([at(3, one)]).handOn).toEqual([]);
  });

  it('takes what is left where retention has removed the beginning', () => {
    const plan = new ReleasePlan(new Map());
    plan.demand(one, { sequence: 1, fromOffset: 5, limit: 2 });
    expect(plan.read([at(100, one)])).toEqual({ handOn: [], then: { kind: 'seek', offset: 5 } });
    expect(plan.read([at(100, one), at(101, one)]).handOn).toEqual([at(100, one), at(101, one)]);
  });

  it('is not misled by what was read before it sought', () => {
    const plan = new ReleasePlan(new Map());
    plan.demand(one, { sequence: 1, fromOffset: 100, limit: 9 });
    plan.read([at(100, one)]);
    plan.demand(two, { sequence: 1, fromOffset: 40, limit: 1 });
    expect(plan.read([at(101, two), at(102, one)])).toEqual({ handOn: [], then: { kind: 'seek', offset: 40 } });
    expect(plan.read([at(20, two), at(30, two)]).handOn).toEqual([]);
    expect(plan.read([at(40, two), at(41, two)]).handOn).toEqual([at(40, two)]);
    expect(plan.read([at(42, two), at(100, one), at(101, two), at(102, one)]).handOn).toEqual([at(102, one)]);
  });

  it('does not read a long way for what another demand has already passed', () => {
    const plan = new ReleasePlan(new Map());
    plan.demand(one, { sequence: 1, fromOffset: 5_000, limit: 2 });
    plan.read([at(5_000, two)]);
    expect(plan.demand(two, { sequence: 1, fromOffset: 3, limit: 1 })).toEqual({ kind: 'seek', offset: 3 });
    expect(plan.read([at(3, two)])).toEqual({ handOn: [at(3, two)], then: { kind: 'seek', offset: 5_001 } });
  });

  it('gives each demand the first records of its endpoint from its offset on, each once, and rests when none is open', () => {
    const endpoint = fc.constantFrom(one, two, three);
    const step = fc.oneof(
      fc.record({ park: endpoint }),
      fc.record({ read: fc.integer({ min: 1, max: 7 }) }),
      fc.record({ ask: endpoint, fromOffset: fc.nat(60), limit: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ withdraw: endpoint }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new World();
        for (const one of steps) {
          if ('park' in one) world.log.push(one.park);
          else if ('read' in one) world.read(one.read);
          else if ('ask' in one) world.ask(one.ask, one.fromOffset, one.limit);
          else world.ask(one.withdraw);
        }
        while (world.canRead) world.read(10);
        for (const { endpointId, fromOffset, limit, got, ended } of world.asked) {
          const owed = world.log
            .map((id, offset) => at(offset, id))
            .filter((record) => record.queue === endpointId && record.offset >= fromOffset)
            .map(({ offset }) => offset)
            .slice(0, limit);
          expect(got).toEqual(ended ? owed.slice(0, got.length) : owed);
        }
        const allMet = world.asked.every(({ ended, got, limit }) => ended || got.length === limit);
        expect(world.reading === undefined).toBe(allMet);
      }),
      { numRuns: 500 },
    );
  });
});

interface Asked {
  readonly endpointId: EndpointId;
  readonly fromOffset: number;
  readonly limit: number;
  readonly got: number[];
  ended: boolean;
}

/** A partition, a reader that does as it is told, and the lanes' demands. */
class World {
  readonly log: EndpointId[] = [];
  readonly asked: Asked[] = [];
  reading: number | undefined;
  private readonly plan = new ReleasePlan(new Map());
  private readonly current = new Map<EndpointId, Asked>();

  get canRead(): boolean {
    return this.reading !== undefined && this.reading < this.log.length;
  }

  ask(endpointId: EndpointId, fromOffset?: number, limit?: number): void {
    const before = this.current.get(endpointId);
    if (before !== undefined) before.ended = true;
    this.current.delete(endpointId);
    if (fromOffset === undefined || limit === undefined) {
      this.follow(this.plan.demand(endpointId, undefined));
      return;
    }
    const fresh: Asked = { endpointId, fromOffset, limit, got: [], ended: false };
    this.asked.push(fresh);
    this.current.set(endpointId, fresh);
    this.follow(this.plan.demand(endpointId, { sequence: this.asked.length, fromOffset, limit }));
  }

  read(count: number): void {
    if (this.reading === undefined) return;
    const from = this.reading;
    const records = this.log.slice(from, from + count).map((id, index) => at(from + index, id));
    this.reading = from + records.length;
    const { handOn, then } = this.plan.read(records);
    for (const { queue, offset } of handOn) this.current.get(queue as EndpointId)?.got.push(offset);
    this.follow(then);
  }

  private follow(then: ReadOn): void {
    if (then.kind === 'stop') this.reading = undefined;
    if (then.kind === 'seek') this.reading = then.offset;
  }
}
