import { describe, expect, it } from '@jest/globals';
import { encodeFact, messageHeaders, type MessageRecord } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import {
  DeliveryLogWriter,
  LogRefusedError,
  RecordSink,
  type IncomingRecord,
  type OutgoingRecord,
  type Position,
  type RecordBatch,
} from '@signpost/ports';
import { Recording } from './recording.js';

class ScriptedWriter extends DeliveryLogWriter {
  readonly batches: string[][] = [];
  failures = 0;
  refused: string | undefined;

  async write(messages: readonly MessageRecord[]): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is away');
    }
    const types = messages.map(({ eventType }) => eventType);
    if (this.refused !== undefined && types.includes(this.refused)) throw new LogRefusedError('refused');
    this.batches.push(types);
  }
}

class KeptSink extends RecordSink {
  readonly records: OutgoingRecord[] = [];
  async append(record: OutgoingRecord): Promise<Position> {
    this.records.push(record);
    return { partition: 0, offset: 0 };
  }
  appendWithin(record: OutgoingRecord): Promise<Position> {
    return this.append(record);
  }
  partitionOf(): number {
    return 0;
  }
}

const SETTINGS = { batchRecords: 100, batchBytes: 1_000_000, batchMs: 5, unwrittenBytes: 1_000_000 };

function scene(settings = SETTINGS) {
  const writer = new ScriptedWriter();
  const sink = new KeptSink();
  const metrics = new Metrics({ processMetrics: false });
  const recording = new Recording(writer, sink, settings, metrics, Log.create('silent', 'test'));
  const finished: number[] = [];
  const take = (records: readonly IncomingRecord[], kind: 'message' | 'fact' = 'message') => {
    const batch: RecordBatch = {
      lease: { topic: 'messages', partition: 3, lost: false },
      records,
      done: (offset) => finished.push(offset),
    };
    recording.take(batch, kind);
  };
  const settled = async (count: number) => {
    while (finished.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { writer, sink, recording, finished, take, settled };
}

function aRecord(offset: number, eventType: string, bytes = 10): IncomingRecord {
  const id = newId('msg', 1_000);
  const message = { id, applicationId: newId('app', 1), eventType, acceptedAtMs: 1_000 };
  return { offset, timestampMs: 0, key: null, value: Buffer.alloc(bytes, '1'), headers: messageHeaders(message) };
}

describe('recording', () => {
  it('writes what came from several batches at once, and says so of each record', async () => {
    const { writer, take, settled, finished } = scene();
    take([aRecord(1, 'a'), aRecord(2, 'b')]);
    take([aRecord(7, 'c')]);
    await settled(3);
    expect(writer.batches).toEqual([['a', 'b', 'c']]);
    expect(finished).toEqual([1, 2, 7]);
  });

  it('bounds a batch by records and by bytes', async () => {
    const byRecords = scene({ ...SETTINGS, batchRecords: 2 });
    byRecords.take([aRecord(1, 'a'), aRecord(2, 'b'), aRecord(3, 'c')]);
    await byRecords.settled(3);
    expect(byRecords.writer.batches).toEqual([['a', 'b'], ['c']]);
    const byBytes = scene({ ...SETTINGS, batchBytes: 3_000 });
    byBytes.take([aRecord(1, 'a', 2_000), aRecord(2, 'b', 2_000), aRecord(3, 'too large alone', 5_000)]);
    await byBytes.settled(3);
    expect(byBytes.writer.batches).toEqual([['a'], ['b'], ['too large alone']]);
  });

  it('tries again while the database is away, and tells health so', async () => {
    const { writer, recording, take, settled } = scene();
    writer.failures = 2;
    take([aRecord(1, 'a')]);
    let trouble = '';
    while (trouble === '') {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await recording.check().catch((error: unknown) => (trouble = String(error)));
    }
    expect(trouble).toContain('the database is away');
    await settled(1);
    await expect(recording.check()).resolves.toBeUndefined();
    expect(writer.batches).toEqual([['a']]);
  });

  it('sets aside what the database refuses, and writes the rest', async () => {
    const { writer, sink, take, settled, finished } = scene();
    writer.refused = 'poison';
    take([aRecord(1, 'a'), aRecord(2, 'b'), aRecord(3, 'poison'), aRecord(4, 'c')]);
    await settled(4);
    expect(writer.batches.flat().sort()).toEqual(['a', 'b', 'c']);
    expect([...finished].sort()).toEqual([1, 2, 3, 4]);
    expect(sink.records).toHaveLength(1);
    expect(JSON.parse(String(sink.records[0]?.headers?.['signpost-rejection']))).toMatchObject({
      code: 'log_refused',
      source: { topic: 'messages', partition: 3, offset: 3 },
    });
  });

  it('sets aside what cannot be read, with its headers and bytes', async () => {
    const { sink, take, settled } = scene();
    take(
      [{ offset: 5, timestampMs: 0, key: Buffer.from('k'), value: Buffer.from('no fact'), headers: { a: 'b' } }],
      'fact',
    );
    take([{ ...aRecord(6, 'a'), value: encodeFact({ kind: 'matched' } as never) }], 'fact');
    await settled(2);
    expect(sink.records).toMatchObject([
      { topic: 'messages.rejected', key: 'k', value: Buffer.from('no fact'), headers: { a: 'b' } },
    ]);
  });

  it('leaves what is not written when it stops: it comes again', async () => {
    const { writer, recording, take, finished } = scene();
    writer.failures = 1_000;
    take([aRecord(1, 'a')]);
    await recording.stop();
    expect(finished).toEqual([]);
  });
});
