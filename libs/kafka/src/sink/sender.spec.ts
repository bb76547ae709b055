import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { Leaders } from './leader-connections.js';
import { PartitionQueue } from './partition-queue.js';
import { PendingRecord } from './pending-record.js';
import { Sender } from './sender.js';

const TOPIC = 'signpost.messages';
const pendingOf = (partition: number, value: string, isPatient = false): PendingRecord =>
  new PendingRecord(
    { topic: TOPICS.messages, key: 'key', value: Buffer.from(value), ...(isPatient ? { patient: true } : {}) },
    TOPIC,
    partition,
  );

/** Leaders whose answers are scripted; they keep what they were asked to write, by partition. */
function scripted(answers: ((asked: readonly number[]) => readonly number[] | Error)[]) {
  const written: { partition: number; value: string }[][] = [];
  const leaders: Leaders = {
    leaderOf: () => 1,
    refresh: () => Promise.resolve(),
    close: () => undefined,
    produce: (_leader, batches) => {
      written.push(
        batches.flatMap(({ partition, records }) => records.map(({ value }) => ({ partition, value: String(value) }))),
      );
      const asked = batches.map(({ partition }) => partition);
      const answer = answers.shift()?.(asked) ?? asked;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer.map((partition) => ({ topic: TOPIC, partition, error: 0, baseOffset: 7 })));
    },
  };
  return { leaders, written };
}

function start(leaders: Leaders) {
  const resent: number[] = [];
  const events = { answered: () => undefined, failed: () => undefined, resent: (n: number) => resent.push(n) };
  const sender = new Sender(leaders, { lingerMs: 0 }, events);
  const queues = new Map<number, PartitionQueue>();
  const append = (partition: number, value: string, isPatient = false): Promise<number> => {
    const queue = queues.get(partition) ?? new PartitionQueue(TOPIC, partition, () => undefined);
    queues.set(partition, queue);
    const pending = pendingOf(partition, value, isPatient);
    queue.add(pending, Date.now());
    sender.wake(queue, Date.now());
    return pending.promise.then(({ offset }) => offset);
  };
  return { sender, append, resent };
}

const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

describe('Sender', () => {
  it('sends again what the answer lacks, although it holds no error', async () => {
    const { leaders, written } = scripted([(asked) => asked.filter((partition) => partition !== 2)]);
    const { sender, append, resent } = start(leaders);
    await expect(Promise.all([append(1, 'a'), append(2, 'b'), append(3, 'c')])).resolves.toEqual([7, 7, 7]);
    expect(written).toEqual([
      [
        { partition: 1, value: 'a' },
        { partition: 2, value: 'b' },
        { partition: 3, value: 'c' },
      ],
      [{ partition: 2, value: 'b' }],
    ]);
    expect(resent).toEqual([1]);
    sender.close();
  });

  it('has one send in flight for a partition, also while that one fails, and gathers the others meanwhile', async () => {
    let release: (outcome: Error | undefined) => void = () => undefined;
    const { leaders, written } = scripted([]);
    const first = new Promise<Error | undefined>((resolve) => (release = resolve));
    const produce = leaders.produce.bind(leaders);
    let calls = 0;
    leaders.produce = async (leader, batches) => {
      const answered = produce(leader, batches);
      if (calls++ > 0) return answered;
      const outcome = await first;
      if (outcome !== undefined) throw outcome;
      return answered;
    };
    const { sender, append } = start(leaders);
    const slow = append(1, 'a');
    await turn();
    const followers = [append(1, 'b'), append(1, 'c'), append(2, 'x'), append(3, 'y')];
    await turn();
    expect(written).toHaveLength(1);
    release(new Error('connection closed'));
    await Promise.all([slow, ...followers]);
    expect(written[1]).toEqual([
      { partition: 2, value: 'x' },
      { partition: 3, value: 'y' },
    ]);
    const values = written.flat().filter(({ partition }) => partition === 1);
    expect(values.map(({ value }) => value)).toEqual(['a', 'a', 'b', 'c']);
    sender.close();
  });

  it('lets what can wait gather, until something goes that cannot, or its patience ends', async () => {
    const { leaders, written } = scripted([]);
    const { sender, append } = start(leaders);
    const patient = append(1, 'a', true);
    await turn();
    await turn();
    expect(written).toEqual([]);
    await Promise.all([append(2, 'b'), patient]);
    expect(written).toEqual([
      [
        { partition: 2, value: 'b' },
        { partition: 1, value: 'a' },
      ],
    ]);
    await Promise.all([append(1, 'c', true), append(1, 'd', true), append(3, 'e', true)]);
    expect(written[1]).toEqual([
      { partition: 1, value: 'c' },
      { partition: 1, value: 'd' },
      { partition: 3, value: 'e' },
    ]);
    sender.close();
  });

  it('does not keep one that cannot wait behind one of its partition that can', async () => {
    const { leaders, written } = scripted([]);
    const { sender, append } = start(leaders);
    const patient = append(1, 'a', true);
    const urgent = append(1, 'b');
    await turn();
    expect(written).toHaveLength(1);
    await Promise.all([patient, urgent]);
    sender.close();
  });

  it('lets enough company go at once', async () => {
    const { leaders, written } = scripted([]);
    const { sender, append } = start(leaders);
    const all = Array.from({ length: 500 }, (_, index) => append(1, String(index), true));
    await turn();
    expect(written.map(({ length }) => length)).toEqual([500]);
    await Promise.all(all);
    sender.close();
  });

  it('leaves some time between requests where many records go, so that more gather, and none where few do', async () => {
    const { leaders, written } = scripted([]);
    const { sender, append } = start(leaders);
    const many = (from: number) => Array.from({ length: 8 }, (_, index) => append(1, String(from + index)));
    await Promise.all(many(0));
    const next = many(8);
    await turn();
    await turn();
    expect(written).toHaveLength(1);
    const late = append(2, 'late');
    await Promise.all([...next, late]);
    expect(written.map(({ length }) => length)).toEqual([8, 9]);
    await append(1, 'few');
    const few = append(1, 'again');
    await turn();
    expect(written).toHaveLength(4);
    await few;
    sender.close();
  });

  it('asks for the leader of a partition that has none, and sends once it knows', async () => {
    const { leaders, written } = scripted([]);
    let leader: number | undefined;
    let asked = 0;
    leaders.leaderOf = () => leader;
    leaders.refresh = async () => {
      if (++asked === 1) throw new Error('no broker answers');
      if (asked === 3) leader = 2;
      return turn().then(() => undefined);
    };
    const { sender, append } = start(leaders);
    await append(1, 'a');
    expect([asked, written.length]).toEqual([3, 1]);
    sender.close();
  });

  it('asks who leads now when a broker says that it does not, and sends again', async () => {
    const { leaders } = scripted([]);
    const produce = leaders.produce.bind(leaders);
    let leader = 1;
    leaders.leaderOf = () => leader;
    leaders.refresh = async () => {
      leader = 2;
    };
    leaders.produce = (to, batches) =>
      to === 2 ? produce(to, batches) : Promise.resolve([{ topic: TOPIC, partition: 1, error: 6, baseOffset: -1 }]);
    const { sender, append, resent } = start(leaders);
    await expect(append(1, 'a')).resolves.toBe(7);
    expect(resent).toEqual([1]);
    sender.close();
  });

  it('refuses only the record that the broker calls too large', async () => {
    const { leaders, written } = scripted([]);
    const produce = leaders.produce.bind(leaders);
    leaders.produce = async (leader, batches) => {
      const huge = batches.filter(({ records }) => records.some(({ value }) => String(value) === 'huge'));
      const others = batches.filter((batch) => !huge.includes(batch));
      const refused = huge.map(({ partition }) => ({ topic: TOPIC, partition, error: 10, baseOffset: -1 }));
      return [...refused, ...(others.length === 0 ? [] : await produce(leader, others))];
    };
    const { sender, append } = start(leaders);
    const outcomes = await Promise.allSettled([
      append(1, 'a'),
      append(1, 'b'),
      append(1, 'huge'),
      append(1, 'd'),
      append(2, 'e'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'record_too_large' } });
    const values = written.flat().filter(({ partition }) => partition === 1);
    expect(values.map(({ value }) => value)).toEqual(['a', 'b', 'd']);
    sender.close();
  });

  it('leaves out what its caller gave up on before it was sent', async () => {
    const { leaders, written } = scripted([() => new Error('not now')]);
    const { sender } = start(leaders);
    const queue = new PartitionQueue(TOPIC, 1, () => undefined);
    const [given, kept] = [pendingOf(1, 'given up'), pendingOf(1, 'kept')];
    queue.add(given, Date.now());
    queue.add(kept, Date.now());
    given.promise.catch(() => undefined);
    sender.wake(queue, Date.now());
    await turn();
    given.fail(new Error('too late'));
    await kept.promise;
    expect(written.at(-1)).toEqual([{ partition: 1, value: 'kept' }]);
    sender.close();
  });
});
