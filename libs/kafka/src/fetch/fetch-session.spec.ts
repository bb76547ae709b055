import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FetchRequest } from '../wire/requests/fetch.js';
import { FetchSession } from './fetch-session.js';
import { Target } from './target.js';

/** What a broker makes of the requests, by KIP-227: first what is named, then what is to be forgotten. */
class Broker {
  private reads = new Map<number, number>();
  private epoch = 0;

  take({ session, wanted, forgotten }: FetchRequest): number {
    if (session.epoch === 0) this.reads = new Map();
    else if (session.epoch !== this.epoch) throw new Error('an epoch that was not expected');
    for (const { partition, offset } of wanted) this.reads.set(partition, offset);
    for (const { partition } of forgotten) this.reads.delete(partition);
    this.epoch = session.epoch + 1;
    return 9;
  }

  get reading(): readonly (readonly [number, number])[] {
    return [...this.reads].sort(([a], [b]) => a - b);
  }
}

const PARTITIONS = 4;
const change = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add', 'remove', 'pause', 'resume', 'replace'),
    partition: fc.nat(PARTITIONS - 1),
  }),
  fc.record({ kind: fc.constant('advance'), partition: fc.nat(PARTITIONS - 1) }),
  fc.constantFrom({ kind: 'request', partition: 0 }, { kind: 'lost', partition: 0 }),
);

describe('FetchSession', () => {
  it('has the broker read what is wanted, from where it is wanted, whatever came and went', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60, size: 'max' }), (changes) => {
        const [session, broker] = [new FetchSession(), new Broker()];
        const targets = new Map<number, Target>();
        let positions = 0;
        const add = (partition: number): void => {
          const target = new Target('topic', partition, positions++);
          targets.set(partition, target);
          session.add(target);
        };
        const apply = (kind: string, partition: number): void => {
          const target = targets.get(partition);
          if (kind === 'add' && target === undefined) add(partition);
          if (target === undefined) return;
          if (kind === 'pause' || kind === 'resume') target.paused = kind === 'pause';
          if (kind === 'advance') target.position = positions++;
          if (kind === 'remove' || kind === 'replace') session.remove(target);
          else session.touch(target);
          if (kind === 'remove') targets.delete(partition);
          if (kind === 'replace') add(partition);
        };
        for (const { kind, partition } of [...changes, { kind: 'request', partition: 0 }]) {
          if (kind === 'lost') session.reset();
          if (kind !== 'request') {
            apply(kind, partition);
            continue;
          }
          const wanted = [...targets.values()].filter(({ paused }) => !paused);
          const request = session.next();
          expect(request === undefined).toBe(wanted.length === 0);
          if (request === undefined) continue;
          session.answered({ error: 0, sessionId: broker.take(request), partitions: [] });
          expect(broker.reading).toEqual(
            wanted.map((each) => [each.partition, each.position] as const).sort(([a], [b]) => a - b),
          );
          for (const target of wanted) expect(session.askedFor(target)).toBe(target.position);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names only what changed', () => {
    const session = new FetchSession();
    const targets = [0, 1, 2].map((partition) => new Target('topic', partition, 5));
    for (const target of targets) session.add(target);
    const answer = { error: 0, sessionId: 3, partitions: [] };
    expect(session.next()).toMatchObject({ session: { id: 0, epoch: 0 }, wanted: { length: 3 }, forgotten: [] });
    session.answered(answer);
    for (const target of targets.slice(0, 2)) session.touch(target);
    if (targets[1] !== undefined) targets[1].position = 6;
    expect(session.next()).toEqual({
      session: { id: 3, epoch: 1 },
      wanted: [{ topic: 'topic', partition: 1, offset: 6 }],
      forgotten: [],
    });
  });

  it('tells everything again to a broker that keeps no session', () => {
    const session = new FetchSession();
    session.add(new Target('topic', 0, 5));
    for (let round = 0; round < 3; round++) {
      expect(session.next()).toMatchObject({ session: { id: 0, epoch: 0 }, wanted: { length: 1 } });
      session.answered({ error: 0, sessionId: 0, partitions: [] });
    }
  });
});
