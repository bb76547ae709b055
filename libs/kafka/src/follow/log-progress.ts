import { setTimeout as wait } from 'node:timers/promises';
import { RECORDED_TOPICS, RECORDER_GROUP } from '@signpost/contracts';
import { LogProgress } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';

const POLL_MS = 50;

/** Offsets by `<topic>:<partition>`. */
type Offsets = ReadonlyMap<string, number>;

/**
 * The recorder commits what it has written: the log holds all that was accepted before a moment once the recorder has
 * committed what the topics held at that moment. Questions that come together are asked of the broker once.
 */
export class KafkaLogProgress extends LogProgress {
  private readonly ends = new Shared(() => this.askEnds());
  private readonly committed = new Shared(() => this.askCommitted());

  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  async caughtUp(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    const late = wait(withinMs, false, { ref: false });
    return Promise.race([this.passed(deadline).catch(() => false), late]);
  }

  private async passed(deadline: number): Promise<boolean> {
    const ends = await this.ends.next();
    while (performance.now() < deadline) {
      const committed = await this.committed.next();
      if ([...ends].every(([partition, end]) => end === 0 || (committed.get(partition) ?? 0) >= end)) return true;
      await wait(POLL_MS, undefined, { ref: false });
    }
    return false;
  }

  /** Where the topics end; 0 for a partition that holds nothing. */
  private async askEnds(): Promise<Offsets> {
    const admin = await this.connection.admin();
    const topics = await Promise.all(
      RECORDED_TOPICS.map(async (topic) => {
        const partitions = await admin.fetchTopicOffsets(this.connection.physical(topic));
        return partitions.map(
          ({ partition, low, high }) => [`${topic}:${String(partition)}`, low === high ? 0 : Number(high)] as const,
        );
      }),
    );
    return new Map(topics.flat());
  }

  private async askCommitted(): Promise<Offsets> {
    const admin = await this.connection.admin();
    const topics = await admin.fetchOffsets({
      groupId: this.connection.physical(RECORDER_GROUP),
      topics: RECORDED_TOPICS.map((topic) => this.connection.physical(topic)),
    });
    return new Map(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(
          ({ partition, offset }) =>
            [`${this.connection.logical(topic)}:${String(partition)}`, Number(offset)] as const,
        ),
      ),
    );
  }
}

/** Asks one question at a time. Who comes while one is under way shares the answer to the next, which is asked later than they came. */
class Shared<T> {
  private running: Promise<unknown> | undefined;
  private queued: Promise<T> | undefined;

  constructor(private readonly ask: () => Promise<T>) {}

  next(): Promise<T> {
    if (this.running === undefined) return this.start();
    this.queued ??= this.running.then(() => {
      this.queued = undefined;
      return this.start();
    });
    return this.queued;
  }

  private start(): Promise<T> {
    const asked = this.ask();
    const running = asked.then(
      () => undefined,
      () => undefined,
    );
    this.running = running;
    void running.then(() => {
      if (this.running === running) this.running = undefined;
    });
    return asked;
  }
}
