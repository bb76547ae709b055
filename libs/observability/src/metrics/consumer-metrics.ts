import type { Log } from '../logger.js';
import type { ConsumerGroupName } from './groups.js';
import type { Metrics } from './metrics.js';

interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What a consumer group tells about itself, as metrics, and as log lines where somebody has to look. */
export interface ConsumerMetrics {
  batch(topic: string, records: number): void;
  commit(result: 'committed' | 'failed', partitions: number): void;
  rebalance(partitions: number): void;
  window(unfinished: number, oldestMs: number): void;
  truncated(range: OffsetRange): void;
  rewound(range: OffsetRange): void;
}

export function consumerMetrics(metrics: Metrics, log: Log, group: ConsumerGroupName): ConsumerMetrics {
  const { consumerRecords, commits, rebalances, consumerWindow, consumerAge } = metrics.of;
  return {
    batch: (_topic, records) => consumerRecords.add(records, { group }),
    commit: (result) => commits.inc({ group, result }),
    rebalance: (partitions) => {
      rebalances.inc({ group });
      log.info('the consumer group was assigned anew', { group, partitions });
    },
    window: (unfinished, oldestMs) => {
      consumerWindow.set(unfinished, { group });
      consumerAge.set(oldestMs / 1_000, { group });
    },
    truncated: (range) => log.error('records were deleted before they were read', undefined, { group, ...range }),
    rewound: (range) => log.error('a log is shorter than what was read of it', undefined, { group, ...range }),
  };
}
