import { readMessage, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import {
  AcceptedMessages,
  AcceptedMessagesSlowError,
  type AccountWindow,
  type IncomingRecord,
  type NamedMessage,
} from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { Fetcher } from '../fetch/fetcher.js';
import { endsOf, keyOf, offsetsOf } from './partition-offsets.js';

/** Ids that may wait for whoever reads them; beyond that nothing is fetched. */
const WAITING = 10_000;
const TOPICS_READ = [TOPICS.messages, TOPICS.messagesBulk] as const;

/** Reads the topics between two offsets of each partition, beside any group, and only as fast as the reader goes on. */
export class KafkaAcceptedMessages extends AcceptedMessages {
  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  async *written(window: AccountWindow, withinMs: number): AsyncGenerator<readonly NamedMessage[]> {
    const deadline = performance.now() + withinMs;
    const scan = new Scan(this.connection, await this.ranges(window).catch(unreadable));
    try {
      yield* scan.batches(deadline);
    } finally {
      scan.close();
    }
  }

  private async ranges({ since, until }: AccountWindow): Promise<readonly Range[]> {
    const from = await offsetsOf(this.connection, TOPICS_READ, since.getTime());
    const to = await offsetsOf(this.connection, TOPICS_READ, until.getTime());
    const ends = new Map((await endsOf(this.connection, TOPICS_READ)).map((end) => [keyOf(end), end.offset]));
    const stops = new Map(to.map((stop) => [keyOf(stop), stop.offset]));
    return from.flatMap(({ topic, partition, offset }) => {
      const key = keyOf({ topic, partition });
      const stop = stops.get(key) ?? -1;
      const range = { topic, partition, from: offset, to: stop < 0 ? (ends.get(key) ?? 0) : stop };
      return offset < 0 || range.to <= offset ? [] : [range];
    });
  }
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

class Scan {
  private readonly open: Map<string, Range>;
  private readonly fetcher: Fetcher;
  private waiting: NamedMessage[] = [];
  private isPaused = false;
  private wake: () => void = () => undefined;

  constructor(connection: KafkaConnection, ranges: readonly Range[]) {
    this.open = new Map(ranges.map((range) => [keyOf(range), range]));
    this.fetcher = new Fetcher(connection.cluster, {
      records: (name, _, { records, nextOffset }) => {
        this.take(keyOf(name), records, nextOffset);
        return nextOffset;
      },
      // What was deleted meanwhile is not to be had.
      outOfRange: (name, position, { first, end }) => {
        if (position < first && first < end) return first;
        this.end(keyOf(name));
        return undefined;
      },
      unreadable: ({ topic, partition }, error) => {
        connection.warn(`records of ${topic} cannot be read; trying again`, error, { partition });
      },
      failed: (error) => {
        connection.warn('accepted messages cannot be read; trying again', error);
      },
    });
    this.fetcher.assign(ranges.map(({ topic, partition, from }) => ({ topic, partition, position: from })));
  }

  async *batches(deadline: number): AsyncGenerator<readonly NamedMessage[]> {
    for (;;) {
      if (performance.now() >= deadline && (this.open.size > 0 || this.waiting.length > 0))
        throw new AcceptedMessagesSlowError('the topics of accepted messages could not be read in time');
      if (this.waiting.length > 0) {
        const batch = this.waiting;
        this.waiting = [];
        yield batch;
        continue;
      }
      if (this.open.size === 0) return;
      this.pause(false);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.fetcher.close();
  }

  private take(key: string, records: readonly IncomingRecord[], nextOffset: number): void {
    const range = this.open.get(key);
    if (range === undefined) return;
    for (const record of records) {
      const message = record.offset < range.to ? named(record) : undefined;
      if (message !== undefined) this.waiting.push(message);
    }
    if (nextOffset >= range.to) this.end(key);
    if (this.waiting.length >= WAITING) this.pause(true);
    this.wake();
  }

  private end(key: string): void {
    const range = this.open.get(key);
    this.open.delete(key);
    if (range !== undefined) this.fetcher.pause(range, true);
    this.wake();
  }

  private pause(paused: boolean): void {
    if (this.isPaused === paused) return;
    this.isPaused = paused;
    for (const range of this.open.values()) this.fetcher.pause(range, paused);
  }
}

function unreadable(error: unknown): never {
  throw new AcceptedMessagesSlowError('the topics of accepted messages cannot be read now', {}, error);
}

/** Undefined for what is no message: it was set aside by whoever met it. */
function named({ headers, value }: IncomingRecord): NamedMessage | undefined {
  try {
    const { id, applicationId } = readMessage({ headers, value });
    return { id, applicationId };
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}
