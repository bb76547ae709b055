import type { AssignmentObserver } from '@signpost/ports';

/** Of one topic's partitions together. */
export interface TopicLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface ConsumerLimits {
  /** Unfinished records of one partition above which it is read no further; read on below half of it. Default 5,000. */
  readonly recordsPerPartition?: number;
  /** Bytes of unfinished records of one partition above which it is read no further. Default: as many as the whole group may have. */
  readonly bytesPerPartition?: number;
  /** Bytes of unfinished records of the whole group in this process. Default 64 MiB. */
  readonly bytesInMemory?: number;
  /** By the topic's name without the prefix: what waits of it leaves room for the others. */
  readonly byTopic?: Readonly<Record<string, TopicLimits>>;
}

export interface ConsumerGroupOptions {
  /** The group's name without the prefix. */
  readonly group: string;
  /** Handlers with `@EventPattern(pattern, transport)` belong to the strategy that has this transport. */
  readonly transport: symbol;
  /** Full topic names by pattern, where they are not simply prefix and pattern. */
  readonly topics?: Readonly<Record<string, readonly string[]>>;
  readonly observer?: AssignmentObserver;
  readonly limits?: ConsumerLimits;
  /** False: no offset is ever committed, for readers that seek. Default true. */
  readonly windowed?: boolean;
  /**
   * Milliseconds that records may gather at the broker while they keep coming, for groups that nobody waits for: each fetch costs broker and
   * process much the same for one record or for a hundred. Default: none.
   */
  readonly gatherMs?: number;
  /** Milliseconds that a stop waits for unfinished records. Default 10,000. */
  readonly graceMs?: number;
  /** What only a new process mends: the client gave up, a handler failed. */
  readonly onFatal: (error: Error) => void;
  readonly metrics?: ConsumerObserver;
}

export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  /** The offset that was expected. */
  readonly from: number;
  /** The offset that came. */
  readonly to: number;
}

/** What a consumer group tells about itself; every part is optional. */
export interface ConsumerObserver {
  /** A batch was handed to its handler. */
  batch?(topic: string, records: number): void;
  commit?(result: 'committed' | 'failed', partitions: number): void;
  /** The group was assigned anew; `partitions`: how many this process has now. */
  rebalance?(partitions: number): void;
  /** About once a second: records read and not done, and milliseconds since the oldest of them was read. */
  window?(unfinished: number, oldestMs: number): void;
  pause?(topic: string, partition: number, paused: boolean): void;
  /** Kafka deleted records before they were read: retention overtook the group, or somebody truncated the log. */
  truncated?(range: OffsetRange): void;
  /** The log is shorter than what was committed: it was created anew, or lost its end. It is read from its beginning. */
  rewound?(range: OffsetRange): void;
}
