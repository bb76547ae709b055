import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { AssignmentObserver, OutgoingRecord, PartitionLease, RecordBatch } from '@signpost/ports';
import { until } from '../until.js';

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly OutgoingRecord['topic'][];
  readonly handler: (batch: RecordBatch) => void | Promise<void>;
  readonly observer?: AssignmentObserver;
  readonly recordsPerPartition?: number;
  readonly graceMs?: number;
}

export interface SourceUnderTest {
  /** Appends a record and resolves when it is durable. */
  append(record: OutgoingRecord): Promise<unknown>;
  /** Joins a group; resolves when it has. */
  join(options: MemberOptions): Promise<{ leave(): Promise<void> }>;
  close(): Promise<void>;
}

const TOPIC = TOPICS.deliveries;
const WAIT = { timeoutMs: 30_000 };

/** What every consumer group promises. */
export function recordSourceContract(adapter: string, open: () => Promise<SourceUnderTest>): void {
  describe(`record source: ${adapter}`, () => {
    let under: SourceUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    const produce = (count: number, topic: OutgoingRecord['topic'] = TOPIC, from = 0): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          under.append({ topic, key: `key-${String((from + index) % 50)}`, value: Buffer.from(String(from + index)) }),
        ),
      );

    it('hands every record over once, in the order of its partition', async () => {
      await produce(500);
      const seen = new Map<number, number[]>();
      const member = await under.join({
        group: 'g',
        topics: [TOPIC],
        handler: ({ lease, records, done }) => {
          for (const { offset, value } of records) {
            seen.set(lease.partition, [...(seen.get(lease.partition) ?? []), Number(value)]);
            done(offset);
          }
        },
      });
      await produce(500, TOPIC, 500);
      const values = (): number[] => [...seen.values()].flat();
      await until(() => values().length >= 1_000, { ...WAIT, what: 'a thousand records' });
      expect(values().sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
      for (const partition of seen.values()) expect(partition).toEqual([...partition].sort((a, b) => a - b));
      await member.leave();
    });

    it('hands out again what was not done, and nothing that was, however scattered', async () => {
      await produce(1_000);
      const undone = new Set<number>();
      let handed = 0;
      const first = await under.join({
        group: 'g',
        topics: [TOPIC],
        graceMs: 0,
        handler: ({ records, done }) => {
          for (const { offset, value } of [...records].reverse()) {
            handed++;
            if (Number(value) % 3 === 0) undone.add(Number(value));
            else done(offset);
          }
        },
      });
      await until(() => handed >= 1_000, { ...WAIT, what: 'all records' });
      await first.leave();

      const again: number[] = [];
      const second = await under.join({
        group: 'g',
        topics: [TOPIC],
        handler: ({ records, done }) => {
          for (const { offset, value } of records) {
            again.push(Number(value));
            done(offset);
          }
        },
      });
      await until(() => again.length >= undone.size, { ...WAIT, what: 'what was not done' });
      await produce(1, TOPIC, 5_000);
      await until(() => again.includes(5_000), { ...WAIT, what: 'the record after' });
      expect(again.filter((value) => value !== 5_000).sort((a, b) => a - b)).toEqual([...undone].sort((a, b) => a - b));
      await second.leave();
    });

    it('gives one partition number of every topic to one member, and all of them to somebody', async () => {
      const leases = [new Set<PartitionLease>(), new Set<PartitionLease>()];
      const observers = leases.map((mine): AssignmentObserver => ({
        assigned: async (added) => added.forEach((lease) => mine.add(lease)),
        revoked: (gone) => gone.forEach((lease) => mine.delete(lease)),
      }));
      const topics = [TOPICS.deliveries, TOPICS.returning];
      const members = [];
      for (const observer of observers) {
        members.push(await under.join({ group: 'g', topics, handler: () => undefined, observer }));
      }
      const numbers = (member: number, topic: string): number[] =>
        [...(leases[member] ?? [])].flatMap((lease) => (lease.topic === topic ? [lease.partition] : []));
      await until(() => numbers(0, topics[0] ?? '').length > 0 && numbers(1, topics[0] ?? '').length > 0, {
        ...WAIT,
        what: 'both members to have partitions',
      });
      for (const member of [0, 1])
        expect(new Set(numbers(member, TOPICS.deliveries))).toEqual(new Set(numbers(member, TOPICS.returning)));
      const all = [...numbers(0, TOPICS.deliveries), ...numbers(1, TOPICS.deliveries)];
      expect(new Set(all).size).toBe(all.length);
      await Promise.all(members.map((member) => member.leave()));
      expect(leases.map((mine) => mine.size)).toEqual([0, 0]);
    });

    it('hands no batch over before its observer is ready', async () => {
      await produce(50);
      let ready: () => void = () => undefined;
      const prepared = new Promise<void>((resolve) => (ready = resolve));
      let asked = false;
      let handed = 0;
      const observer: AssignmentObserver = {
        assigned: () => {
          asked = true;
          return prepared;
        },
        revoked: () => undefined,
      };
      const handler = ({ records }: RecordBatch): void => {
        handed += records.length;
      };
      const member = await under.join({ group: 'g', topics: [TOPIC], observer, handler, graceMs: 0 });
      await until(() => asked, { ...WAIT, what: 'the assignment' });
      await produce(50);
      expect(handed).toBe(0);
      ready();
      await until(() => handed === 100, { ...WAIT, what: 'the records' });
      await member.leave();
    });

    it('reads no further than its limit ahead of what is done, and goes on when that is', async () => {
      const open: (() => void)[] = [];
      let handed = 0;
      const handler = ({ records, done }: RecordBatch): void => {
        handed += records.length;
        for (const { offset } of records) open.push(() => done(offset));
      };
      const member = await under.join({ group: 'g', topics: [TOPIC], handler, recordsPerPartition: 20 });
      for (let round = 0; round < 40; round++)
        await Promise.all(
          Array.from({ length: 10 }, () => under.append({ topic: TOPIC, key: 'same', value: Buffer.from('v') })),
        );
      await until(() => handed >= 20, { ...WAIT, what: 'the first records' });
      // What one fetch brings may go beyond; 400 records lie there.
      await until(() => handed < 400, { ...WAIT, what: 'the reader to hold' });
      await until(
        () => {
          for (const done of open.splice(0)) done();
          return handed === 400;
        },
        { ...WAIT, what: 'the rest' },
      );
      await member.leave();
    });

    it('waits for what is under way when it leaves', async () => {
      await produce(10);
      let finished = 0;
      let handed = 0;
      const member = await under.join({
        group: 'g',
        topics: [TOPIC],
        handler: ({ records, done }) => {
          handed += records.length;
          setTimeout(() => {
            for (const { offset } of records) done(offset);
            finished += records.length;
          }, 300);
        },
      });
      await until(() => handed === 10, { ...WAIT, what: 'the records' });
      await member.leave();
      expect(finished).toBe(10);
      const again: number[] = [];
      const next = await under.join({
        group: 'g',
        topics: [TOPIC],
        handler: ({ records, done }) => {
          for (const { offset, value } of records) {
            again.push(Number(value));
            done(offset);
          }
        },
      });
      await produce(1, TOPIC, 77);
      await until(() => again.length > 0, { ...WAIT, what: 'the next record' });
      expect(again).toEqual([77]);
      await next.leave();
    });
  });
}
