import { isPlace, readRejection } from '@signpost/contracts';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, PlacedRejection, RejectedIndexer } from '@signpost/ports';
import { PlacedIndexing, type Placing, type Position } from '../placed-indexing.js';

/** Rejected records, in their index. Their values stay in the topic. */
export class RejectionIndexing extends PlacedIndexing<PlacedRejection, 'unreadable'> {
  constructor(indexer: RejectedIndexer, metrics: Metrics, log: Log) {
    const index = {
      target: 'the index of rejected records',
      one: 'a rejected record',
      read: readPlaced,
      write: (rejections: readonly PlacedRejection[]) => indexer.write(rejections),
      count: (result: 'indexed' | 'unreadable' | 'refused', count: number) =>
        metrics.of.rejectedIndexed.add(count, { result }),
    };
    super(index, metrics, log);
  }
}

function readPlaced({ headers }: IncomingRecord, position: Position): Placing<PlacedRejection, 'unreadable'> {
  const rejection = readRejection(headers);
  // What names no record was not written by Signpost.
  if (rejection === undefined || !isPlace(rejection.source)) {
    return { kind: 'left-out', result: 'unreadable', why: 'it does not say what was rejected' };
  }
  return { kind: 'placed', placed: { rejection, position } };
}
