import { expect, it } from '@jest/globals';
import { deadLetterHeaders, deadLetterOf } from '@signpost/contracts';
import { deliveryIdOf, newId } from '@signpost/domain';
import {
  DeadLetterIndexer,
  LogRefusedError,
  TopicScanner,
  type IncomingRecord,
  type LetterSpan,
  type PartitionBounds,
  type PlacedDeadLetter,
  type TopicPart,
} from '@signpost/ports';
import { IndexRebuild } from './index-rebuild.js';

const NOW = Date.UTC(2026, 0, 2);

class ScriptedIndexer extends DeadLetterIndexer {
  /** By span, the offsets that it was replaced with. */
  readonly replaced: [number, number, number[]][] = [];
  constructor(private readonly refused: readonly number[]) {
    super();
  }
  write(): Promise<void> {
    return Promise.resolve();
  }
  replace({ from, to }: LetterSpan, letters: readonly PlacedDeadLetter[]): Promise<void> {
    const offsets = letters.map(({ position }) => position.offset);
    if (offsets.some((offset) => this.refused.includes(offset))) return Promise.reject(new LogRefusedError('refused'));
    this.replaced.push([from, to, offsets]);
    return Promise.resolve();
  }
  highestOffsets(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map());
  }
}

class ScriptedScanner extends TopicScanner {
  constructor(private readonly part: TopicPart) {
    super();
  }
  bounds(): Promise<readonly PartitionBounds[]> {
    return Promise.resolve([{ partition: 0, first: this.part.from, end: this.part.to }]);
  }
  offsetAt(): Promise<number> {
    return Promise.resolve(this.part.from);
  }
  scan(_: unknown, __: unknown, onPart: (part: TopicPart) => Promise<void>): Promise<void> {
    return onPart(this.part);
  }
}

function aRecord(offset: number): IncomingRecord {
  const [messageId, endpointId] = [newId('msg', NOW), newId('ep', NOW)];
  const of = { messageId, endpointId, applicationId: newId('app', NOW), endpointVersion: 1, eventType: 'a' };
  const delivery = { id: deliveryIdOf(messageId, endpointId), ...of, acceptedAtMs: NOW, attempt: 1 };
  const origin = { topic: 'signpost.deliveries', partition: 1, offset: 2 };
  const letter = deadLetterOf({ delivery, reason: 'gone', failures: undefined, origin, atMs: NOW });
  return { offset, timestampMs: NOW, key: null, value: null, headers: deadLetterHeaders(letter) };
}

it.each([
  [[], 5],
  [[12], 4],
  [[10, 14], 3],
  [[10, 11, 12, 13, 14], 0],
])('a rebuild leaves out what the database refuses (%j), and replaces the whole span', async (refused, indexed) => {
  const indexer = new ScriptedIndexer(refused);
  const records = [10, 11, 12, 13, 14].map(aRecord);
  const scanner = new ScriptedScanner({ partition: 0, from: 8, to: 20, records });
  const progress = await new IndexRebuild(scanner, indexer, () => undefined, NOW).run();
  expect(progress).toMatchObject({ records: 12, read: 12, indexed, leftOut: refused.length });
  expect(indexer.replaced.flatMap(([, , offsets]) => offsets)).toEqual(
    [10, 11, 12, 13, 14].filter((offset) => !refused.includes(offset)),
  );
  const spans = indexer.replaced.map(([from, to]) => [from, to] as const);
  expect([spans[0]?.[0], spans.at(-1)?.[1]]).toEqual([8, 20]);
  expect(spans.slice(1).every(([from], at) => from === spans[at]?.[1])).toBe(true);
});
