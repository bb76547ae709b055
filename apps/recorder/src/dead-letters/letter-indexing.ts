import type { Log, Metrics } from '@signpost/observability';
import type { DeadLetterIndexer, PlacedDeadLetter } from '@signpost/ports';
import { PlacedIndexing } from '../placed-indexing.js';
import { readLetter, type LetterLeftOut } from './placed-letters.js';

/** Dead letters, in their index. */
export class LetterIndexing extends PlacedIndexing<PlacedDeadLetter, LetterLeftOut> {
  constructor(indexer: DeadLetterIndexer, metrics: Metrics, log: Log) {
    const index = {
      target: 'the index of dead letters',
      one: 'a dead letter',
      read: readLetter,
      write: (letters: readonly PlacedDeadLetter[]) => indexer.write(letters),
      count: (result: 'indexed' | 'refused' | LetterLeftOut, count: number) =>
        metrics.of.deadLettersIndexed.add(count, { result }),
    };
    super(index, metrics, log);
  }
}
