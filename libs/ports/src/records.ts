import { AppError } from '@signpost/domain';
import type { RecordHeaders, TopicName } from '@signpost/contracts';

/**
 * A record as it was read: bytes stay bytes. They are windows on all that was fetched with it, up to a megabyte, so
 * whoever keeps a record for longer than a moment keeps a copy of what it needs.
 */
export interface IncomingRecord {
  readonly offset: number;
  /** Milliseconds since 1970; the broker's own time where the topic has LogAppendTime. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Present when the record has more than 1,000 headers, or more than 64 KiB of them: none is read then. */
  readonly tooManyHeaders?: true;
}

export interface OutgoingRecord {
  readonly topic: TopicName;
  /** Decides the partition, as the Java client's murmur2 would. */
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
  /** Nobody waits for it: it may wait some milliseconds for others, since a request costs much the same for one as for fifty. */
  readonly patient?: true;
}

/** Where an acknowledged record lies. */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** The broker could not take a record in time. What was not acknowledged may or may not have been written. */
export class SinkUnavailableError extends AppError {
  readonly code = 'kafka_unavailable';
}

/** The one way into a topic. A record is durable once its promise resolves (promise 2), and never before. */
export abstract class RecordSink {
  /** Tries until the broker has it, however long that takes; records of one partition keep the order of the calls. Rejects only once closed. */
  abstract append(record: OutgoingRecord): Promise<Position>;
  /**
   * For intake, where somebody waits for the answer.
   * @throws SinkUnavailableError at once while the broker is known to be out of reach, else after `withinMs`
   */
  abstract appendWithin(record: OutgoingRecord, withinMs: number): Promise<Position>;
  /** The partition that a key falls into. */
  abstract partitionOf(topic: TopicName, key: string): number;
  /** The name that Kafka and its tools know a topic or a consumer group of ours by. */
  nameInKafka(name: string): string {
    return name;
  }
}

/**
 * The right to a partition from one assignment until the next takes it away. What is done under a lost lease
 * changes nothing any more.
 */
export interface PartitionLease {
  /** The topic's name without the prefix; a topic of the platform's own has its full name. */
  readonly topic: string;
  readonly partition: number;
  readonly lost: boolean;
  /** Where it goes on after an earlier owner; undefined for groups that commit nothing. */
  readonly start?: LeaseStart | undefined;
}

/** What the group had committed when the lease began. */
export interface LeaseStart {
  /** Every record below is done. */
  readonly from: number;
  /** Records between `from` and this may be done, and are not handed out then. */
  readonly to: number;
}

/** What a handler gets: the next records of one partition, in order. */
export interface RecordBatch {
  readonly lease: PartitionLease;
  readonly records: readonly IncomingRecord[];
  /**
   * Says that all that the record at this offset caused is durable. In any order, at any time, once or more often;
   * ignored after the lease is lost. May be kept without the batch, and then keeps none of its records in memory.
   */
  readonly done: (offset: number) => void;
}

/** Told of a consumer group's assignments, before the first batch and as soon as a partition is gone. */
export abstract class AssignmentObserver {
  /** No batch of these partitions is handed over before this resolves. */
  abstract assigned(leases: readonly PartitionLease[]): Promise<void>;
  abstract revoked(leases: readonly PartitionLease[]): void;
}

/** One partition of a topic as it is at this moment. */
export interface PartitionBounds {
  readonly partition: number;
  /** The first offset that the log still has. */
  readonly first: number;
  /** The offset that its next record will have. */
  readonly end: number;
}

/** The next of a partition: all that the log has from `from` on, up to but without `to`. */
export interface TopicPart {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly records: readonly IncomingRecord[];
}

/** Reads a topic once, outside any consumer group, however large it is. */
export abstract class TopicScanner {
  abstract bounds(topic: TopicName): Promise<readonly PartitionBounds[]>;
  /** The first offset of a partition whose record is of that time or later; its end where there is none. In milliseconds since 1970. */
  abstract offsetAt(topic: TopicName, partition: number, atMs: number): Promise<number>;
  /**
   * Hands over all that lies within these bounds, a partition after the other, each from its beginning; the next part comes once
   * the promise for the last is kept, so memory is bounded. What the topic has deleted meanwhile is left out, and its
   * span is part of the next.
   */
  abstract scan(
    topic: TopicName,
    bounds: readonly PartitionBounds[],
    onPart: (part: TopicPart) => Promise<void>,
  ): Promise<void>;
}

/** Reads a whole topic, outside any consumer group, as long as the process lives. */
export abstract class TopicFollower {
  /** Calls `onRecord` for every record from the topic's beginning on; resolves when it has read to the end that the topic had at the call. */
  abstract follow(topic: TopicName, onRecord: (record: IncomingRecord, partition: number) => void): Promise<Following>;
}

export interface Following {
  /** Resolves once all that the topic held when this was called has been handed over. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}
