import { describe, expect, it } from '@jest/globals';
import { messageHeaders, readMessage, TOPICS, type MessageRecord, type TopicName } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { Log } from '@signpost/observability';
import {
  TopicScanner,
  type IncomingRecord,
  type PartitionBounds,
  type PartitionLease,
  type TopicPart,
} from '@signpost/ports';
import { Repeats } from './repeats.js';

const applicationId = newId('app', 0);
const MINUTE_MS = 60_000;
const NOW_MS = Date.now();

function aRecord(offset: number, eventId: string, timestampMs: number): IncomingRecord {
  const message: MessageRecord = {
    id: newId('msg', timestampMs),
    applicationId,
    eventType: 'a',
    eventId,
    acceptedAtMs: timestampMs,
    payload: Buffer.from('{}'),
  };
  return { offset, timestampMs, key: null, value: message.payload, headers: messageHeaders(message) };
}

/** One partition in memory, which says how much of it was read. */
class OneLog extends TopicScanner {
  read: number[] = [];
  failures = 0;

  constructor(
    private readonly records: readonly IncomingRecord[],
    private readonly onRead: () => void = () => undefined,
  ) {
    super();
  }

  override async bounds(): Promise<readonly PartitionBounds[]> {
    if (this.failures-- > 0) throw new Error('no broker answers');
    const [first, last] = [this.records[0]?.offset ?? 0, this.records.at(-1)?.offset ?? -1];
    return [{ partition: 0, first, end: last + 1 }];
  }

  override async offsetAt(_topic: TopicName, _partition: number, atMs: number): Promise<number> {
    return (
      this.records.find(({ timestampMs }) => timestampMs >= atMs)?.offset ?? (this.records.at(-1)?.offset ?? -1) + 1
    );
  }

  override async scan(
    _topic: TopicName,
    [bounds]: readonly PartitionBounds[],
    onPart: (part: TopicPart) => Promise<void>,
  ): Promise<void> {
    const { first = 0, end = 0 } = bounds ?? {};
    const records = this.records.filter(({ offset }) => offset >= first && offset < end);
    for (const record of records) {
      this.read.push(record.offset);
      this.onRead();
      await onPart({ partition: 0, from: record.offset, to: record.offset + 1, records: [record] });
    }
  }
}

const aLease = (from: number, to = from): { -readonly [K in keyof PartitionLease]: PartitionLease[K] } => ({
  topic: TOPICS.messages,
  partition: 0,
  lost: false,
  start: { from, to },
});

const config = { repeatWindowMs: 60 * MINUTE_MS, repeatWindowIds: 1_000 };
const repeatsOn = (log: TopicScanner, limits = config): Repeats =>
  new Repeats(log, limits, Log.create('silent', 'test'));

const ask = (
  repeats: Repeats,
  lease: PartitionLease,
  records: readonly IncomingRecord[],
): readonly (boolean | Promise<boolean>)[] =>
  records.map((record) => repeats.isRepeat(lease, record, readMessage(record)));

describe('Repeats', () => {
  it('knows after an assignment what came within the window before, and reads no further back', async () => {
    const records = [
      aRecord(0, 'long ago', NOW_MS - 90 * MINUTE_MS),
      aRecord(1, 'a', NOW_MS - 50 * MINUTE_MS),
      aRecord(2, 'b', NOW_MS - 40 * MINUTE_MS),
    ];
    const log = new OneLog(records);
    const [repeats, lease] = [repeatsOn(log), aLease(3)];
    await repeats.assigned([lease]);
    expect(log.read).toEqual([1, 2]);
    const next = [
      aRecord(3, 'a', NOW_MS),
      aRecord(4, 'c', NOW_MS),
      aRecord(5, 'c', NOW_MS),
      aRecord(6, 'long ago', NOW_MS),
    ];
    expect(ask(repeats, lease, next)).toEqual([true, false, true, false]);
  });

  it('reckons from the first record that is not done, however long that has waited', async () => {
    const day = 24 * 60 * MINUTE_MS;
    const records = [
      aRecord(0, 'a', NOW_MS - day - 50 * MINUTE_MS),
      aRecord(1, 'b', NOW_MS - day),
      aRecord(2, 'a', NOW_MS - day + MINUTE_MS),
    ];
    const [repeats, lease] = [repeatsOn(new OneLog(records)), aLease(1)];
    await repeats.assigned([lease]);
    expect(ask(repeats, lease, records.slice(1))).toEqual([false, true]);
  });

  it('reads no more than it may remember', async () => {
    const log = new OneLog(Array.from({ length: 20 }, (_, offset) => aRecord(offset, `e${String(offset)}`, NOW_MS)));
    const repeats = repeatsOn(log, { ...config, repeatWindowIds: 5 });
    await repeats.assigned([aLease(20)]);
    expect(log.read).toEqual([15, 16, 17, 18, 19]);
  });

  it('takes a record that an earlier owner did not finish for what it is, and its repeat that was finished for a repeat', async () => {
    // The earlier owner finished 1 and 3; 0 and 2 come again.
    const records = ['a', 'a', 'b', 'b', 'a'].map((id, offset) => aRecord(offset, id, NOW_MS));
    const [repeats, lease] = [repeatsOn(new OneLog(records)), aLease(0, 4)];
    await repeats.assigned([lease]);
    const again = [0, 2, 4].flatMap((offset) => records[offset] ?? []);
    expect(ask(repeats, lease, again)).toEqual([false, false, true]);
  });

  it('hands nothing out before it could read, and gives up with the lease', async () => {
    const log = new OneLog([aRecord(0, 'a', NOW_MS)]);
    log.failures = 2;
    const [repeats, lease, lost] = [repeatsOn(log), aLease(1), aLease(1)];
    await repeats.assigned([lease]);
    expect(ask(repeats, lease, [aRecord(1, 'a', NOW_MS)])).toEqual([true]);
    const cut = new OneLog([aRecord(0, 'a', NOW_MS)], () => (lost.lost = true));
    await repeatsOn(cut).assigned([lost]);
    repeats.revoked([lease]);
    expect(ask(repeats, lease, [aRecord(2, 'a', NOW_MS)])).toEqual([false]);
  });

  it('reads nothing where no window is wanted', async () => {
    const log = new OneLog([aRecord(0, 'a', NOW_MS)]);
    const [repeats, lease] = [repeatsOn(log, { ...config, repeatWindowMs: 0 }), aLease(1)];
    await repeats.assigned([lease]);
    expect(log.read).toEqual([]);
    expect(ask(repeats, lease, [aRecord(1, 'a', NOW_MS)])).toEqual([false]);
  });
});
