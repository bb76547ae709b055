import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOPICS, headerText } from '@signpost/contracts';
import type { IncomingRecord, OutgoingRecord, RecordSink } from '@signpost/ports';

export interface SinkUnderTest {
  readonly sink: RecordSink;
  /** Everything that the topic holds now, by partition and in order. */
  read(topic: OutgoingRecord['topic']): Promise<ReadonlyMap<number, readonly IncomingRecord[]>>;
  /** Ends the sink alone. */
  closeSink(): Promise<void>;
  close(): Promise<void>;
}

const TOPIC = TOPICS.messages;
const text = (value: string): Buffer => Buffer.from(value);

/** What every RecordSink promises. */
export function recordSinkContract(adapter: string, open: () => Promise<SinkUnderTest>): void {
  describe(`RecordSink: ${adapter}`, () => {
    let under: SinkUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    it('answers with where each record lies, byte for byte', async () => {
      const value = Buffer.from([0, 255, 10, 123, 34]);
      const headers = { ce_id: 'evt_1', raw: Buffer.from([1, 2, 0]) };
      const { partition, offset } = await under.sink.append({ topic: TOPIC, key: 'one', value, headers });
      expect(partition).toBe(under.sink.partitionOf(TOPIC, 'one'));
      const record = (await under.read(TOPIC)).get(partition)?.find((each) => each.offset === offset);
      expect(record?.value).toEqual(value);
      expect(record?.key).toEqual(text('one'));
      expect(headerText(record?.headers, 'ce_id')).toBe('evt_1');
      expect(record?.headers['raw']).toEqual(Buffer.from([1, 2, 0]));
    });

    it('keeps a record without a value: a compacted topic deletes by it', async () => {
      await under.sink.append({ topic: TOPIC, key: 'gone', value: null });
      const records = [...(await under.read(TOPIC)).values()].flat();
      expect(records).toMatchObject([{ value: null, key: text('gone') }]);
    });

    it('keeps the order of the calls within a partition', async () => {
      const calls = Array.from({ length: 2_000 }, (_, index) => ({ key: `key-${String(index % 7)}`, index }));
      const positions = await Promise.all(
        calls.map(({ key, index }) => under.sink.append({ topic: TOPIC, key, value: text(String(index)) })),
      );
      expect(positions).toHaveLength(2_000);
      const read = await under.read(TOPIC);
      expect([...read.values()].flat()).toHaveLength(2_000);
      for (const records of read.values()) {
        const indexes = records.map(({ value }) => Number(value));
        expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
      }
      for (const [call, { partition, offset }] of positions.entries())
        expect(Number(read.get(partition)?.find((record) => record.offset === offset)?.value)).toBe(call);
    });

    it('answers a caller that gave it time enough', async () => {
      const position = await under.sink.appendWithin({ topic: TOPIC, key: 'k', value: text('v') }, 30_000);
      expect(position.offset).toBeGreaterThanOrEqual(0);
    });

    it('refuses a record that no topic takes, and goes on with its partition', async () => {
      const around = [text('before'), Buffer.alloc(1_100_000), text('after')];
      const outcomes = await Promise.allSettled(
        around.map((value) => under.sink.append({ topic: TOPIC, key: 'same', value })),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({ reason: { code: 'record_too_large' } });
    });

    it('takes a record just below the limit', async () => {
      await under.sink.append({ topic: TOPIC, key: 'large', value: Buffer.alloc(1_048_000) });
    });

    it('is closed only when all that it accepted is durable, and then takes no more', async () => {
      const accepted = Array.from({ length: 500 }, (_, index) =>
        under.sink.append({ topic: TOPIC, key: String(index), value: text('v') }),
      );
      await under.closeSink();
      await expect(Promise.all(accepted)).resolves.toHaveLength(500);
      await expect(under.sink.append({ topic: TOPIC, key: 'late', value: null })).rejects.toMatchObject({
        code: 'kafka_sink_closed',
      });
    });
  });
}
