import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OffsetToCommit } from '../wire/requests/offset-commit.js';
import { AssignedPartition } from './assigned-partition.js';
import { CommitLoop } from './commit-loop.js';
import { OffsetWindow } from './offset-window.js';

const record = (offset: number) => ({ offset, timestampMs: 0, key: null, value: Buffer.from('v'), headers: {} });

/** A partition with ten records handed out, and a way to say that one is done. */
function partitionOf(number: number) {
  const partition = new AssignedPartition('topic', 'topic', number, new OffsetWindow(0));
  const records = Array.from({ length: 10 }, (_, offset) => record(offset));
  const taken = partition.take(0, { records, bytes: 10, nextOffset: 10 });
  return { partition, done: (offset: number) => partition.done(taken.window, offset, 1) };
}

describe('CommitLoop', () => {
  const [a, b] = [partitionOf(0), partitionOf(1)];
  let owned: AssignedPartition[];
  let requests: (readonly OffsetToCommit[])[];
  let answer: () => Promise<void>;
  let loop: CommitLoop;
  beforeEach(() => {
    jest.useFakeTimers();
    owned = [a.partition, b.partition];
    requests = [];
    answer = () => Promise.resolve();
    loop = new CommitLoop(() => owned);
    loop.use((request) => {
      requests.push(request);
      return answer();
    });
    loop.start();
  });
  afterEach(() => {
    loop.stop();
    jest.useRealTimers();
  });
  const pass = (): Promise<void> => jest.advanceTimersByTimeAsync(100);
  const offsets = (request: readonly OffsetToCommit[] | undefined): Record<number, number> =>
    Object.fromEntries((request ?? []).map((each) => [each.partition, each.offset]));

  it('commits all partitions in one request, and only when something changed', async () => {
    loop.release();
    a.done(0);
    b.done(0);
    await pass();
    await pass();
    await pass();
    expect(requests.map(offsets)).toEqual([{ 0: 1, 1: 1 }]);
    b.done(1);
    await pass();
    expect(requests.slice(1).map(offsets)).toEqual([{ 1: 2 }]);
  });

  it('commits nothing while an assignment is not settled', async () => {
    a.done(1);
    await pass();
    expect(requests).toEqual([]);
    const commitOnce = (request: readonly OffsetToCommit[]): Promise<void> => {
      requests.push(request);
      return answer();
    };
    loop.release();
    loop.forget();
    loop.use(commitOnce);
    loop.finished();
    await pass();
    expect(requests).toEqual([]);
    loop.release();
    await pass();
    expect(requests.map(offsets)).toEqual([{ 0: 2 }]);
  });

  it('commits nothing for a partition that is lost', async () => {
    loop.release();
    const lost = partitionOf(2);
    owned = [lost.partition];
    lost.done(0);
    lost.partition.lease.lost = true;
    await pass();
    expect(requests).toEqual([]);
  });

  it('has one commit under way, and after a failure commits what holds then', async () => {
    loop.release();
    let fail: (error: Error) => void = () => undefined;
    answer = () => new Promise((_, reject) => (fail = reject));
    a.done(2);
    await pass();
    a.done(3);
    await pass();
    expect(requests.map(offsets)).toEqual([{ 0: 3 }]);
    let answered = false;
    void loop.answered().then(() => (answered = true));
    await pass();
    expect(answered).toBe(false);
    answer = () => Promise.resolve();
    fail(new Error('rebalancing'));
    await loop.answered();
    await pass();
    expect(requests.slice(1).map(offsets)).toEqual([{ 0: 4 }]);
  });

  it('does not wait for the clock when much is finished', async () => {
    loop.release();
    a.done(4);
    for (let count = 0; count < 500; count++) loop.finished();
    await jest.advanceTimersByTimeAsync(1);
    expect(requests.map(offsets)).toEqual([{ 0: 5 }]);
  });

  it('has nothing to commit with once the member is gone', async () => {
    loop.release();
    loop.forget();
    loop.release();
    a.done(5);
    await pass();
    expect(requests).toEqual([]);
  });
});
