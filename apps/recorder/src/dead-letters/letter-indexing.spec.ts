import { describe, expect, it } from '@jest/globals';
import { deadLetterHeaders, deadLetterOf, unreadableHeaders, type RecordHeaders } from '@signpost/contracts';
import { deliveryIdOf, newId } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { DeadLetterIndexer, LogRefusedError, type PlacedDeadLetter, type RecordBatch } from '@signpost/ports';
import { LetterIndexing } from './letter-indexing.js';

const NOW = Date.UTC(2026, 0, 2);
const origin = { topic: 'signpost.deliveries', partition: 1, offset: 2 };

class ScriptedIndexer extends DeadLetterIndexer {
  readonly batches: number[][] = [];
  failures = 0;
  refused: number | undefined;

  async write(letters: readonly PlacedDeadLetter[]): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is away');
    }
    const offsets = letters.map(({ position }) => position.offset);
    if (this.refused !== undefined && offsets.includes(this.refused)) throw new LogRefusedError('refused');
    this.batches.push(offsets);
  }

  replace(): Promise<void> {
    return Promise.resolve();
  }

  highestOffsets(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map());
  }
}

function scene() {
  const indexer = new ScriptedIndexer();
  const metrics = new Metrics({ processMetrics: false });
  const indexing = new LetterIndexing(indexer, metrics, Log.create('silent', 'test'));
  const finished: number[] = [];
  const take = (records: Readonly<Record<number, RecordHeaders>>) => {
    const batch: RecordBatch = {
      lease: { topic: 'deliveries.dead-letter', partition: 3, lost: false },
      records: Object.entries(records).map(([offset, headers]) => ({
        offset: Number(offset),
        timestampMs: NOW,
        key: null,
        value: Buffer.from('{}'),
        headers,
      })),
      done: (offset) => finished.push(offset),
    };
    indexing.take(batch);
  };
  const settled = async (count: number) => {
    while (finished.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const counted = async (result: string): Promise<number> => {
    const text = await metrics.registry.metrics();
    const line = new RegExp(`^signpost_dead_letters_indexed_total\\{result="${result}"\\} (\\d+)`, 'm').exec(text);
    return Number(line?.[1]);
  };
  return { indexer, indexing, finished, take, settled, counted };
}

function aLetter(): RecordHeaders {
  const [messageId, endpointId] = [newId('msg', NOW), newId('ep', NOW)];
  const of = { messageId, endpointId, applicationId: newId('app', NOW), endpointVersion: 1, eventType: 'a' };
  const delivery = { id: deliveryIdOf(messageId, endpointId), ...of, acceptedAtMs: NOW, attempt: 1 };
  return deadLetterHeaders(deadLetterOf({ delivery, reason: 'gone', failures: undefined, origin, atMs: NOW }));
}

describe('the indexing of dead letters', () => {
  it('writes what waits at once, and has it done then', async () => {
    const { indexer, take, settled, finished } = scene();
    take({ 1: aLetter() });
    take({ 2: aLetter(), 3: aLetter() });
    take({ 9: aLetter() });
    await settled(4);
    expect(indexer.batches).toEqual([[1], [2, 3, 9]]);
    expect(finished).toEqual([1, 2, 3, 9]);
  });

  it('leaves out what names no delivery, and what is no letter, and goes on', async () => {
    const { indexer, take, settled, counted } = scene();
    take({ 1: unreadableHeaders({}, { why: 'no JSON', origin, atMs: NOW }), 2: { a: 'b' }, 3: aLetter() });
    await settled(3);
    expect(indexer.batches).toEqual([[3]]);
    expect([await counted('without-delivery'), await counted('unreadable'), await counted('indexed')]).toEqual([
      1, 1, 1,
    ]);
  });

  it('tries again while the database is away, and tells health so', async () => {
    const { indexer, indexing, take, settled } = scene();
    indexer.failures = 2;
    take({ 1: aLetter() });
    let trouble = '';
    while (trouble === '') {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await indexing.check().catch((error: unknown) => (trouble = String(error)));
    }
    expect(trouble).toContain('the database is away');
    await settled(1);
    await expect(indexing.check()).resolves.toBeUndefined();
    expect(indexer.batches).toEqual([[1]]);
  });

  it('leaves out what the database refuses, and writes the rest', async () => {
    const { indexer, take, settled, counted } = scene();
    indexer.refused = 3;
    take({ 1: aLetter(), 2: aLetter(), 3: aLetter(), 4: aLetter() });
    await settled(4);
    expect(indexer.batches.flat().sort()).toEqual([1, 2, 4]);
    expect(await counted('refused')).toBe(1);
  });

  it('leaves what is not written when it stops: it comes again', async () => {
    const { indexer, indexing, take, finished } = scene();
    indexer.failures = 1_000;
    take({ 1: aLetter() });
    await indexing.stop();
    expect(finished).toEqual([]);
  });
});
