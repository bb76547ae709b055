import { TOPICS } from '@signpost/contracts';
import type { KafkaConnection } from '@signpost/kafka';
import { MAX_SPAN } from '../../../libs/kafka/src/consumer/offset-window.js';
import { decodeWindow } from '../../../libs/kafka/src/consumer/window-metadata.js';

export type DeliveryTopic = typeof TOPICS.deliveries | typeof TOPICS.returning;

/** What the dispatchers' group had committed at one moment: none of it is done again. */
export class Committed {
  private constructor(
    private readonly done: ReadonlyMap<string, (offset: number) => boolean>,
    /** The same as long as nothing is committed. */
    readonly state: string,
  ) {}

  static async read(connection: KafkaConnection): Promise<Committed> {
    const admin = await connection.admin();
    const groupId = connection.physical('dispatcher');
    const topics = [TOPICS.deliveries, TOPICS.returning];
    const committed = await admin.fetchOffsets({ groupId, topics: topics.map((name) => connection.physical(name)) });
    const done = new Map<string, (offset: number) => boolean>();
    for (const { topic, partitions } of committed) {
      for (const { partition, offset, metadata } of partitions) {
        done.set(nameOf(connection.logical(topic), partition), doneIn(Number(offset), metadata));
      }
    }
    return new Committed(done, JSON.stringify(committed));
  }

  has(topic: DeliveryTopic, partition: number, offset: number): boolean {
    return this.done.get(nameOf(topic, partition))?.(offset) === true;
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}:${String(partition)}`;
}

function doneIn(low: number, metadata: string | null): (offset: number) => boolean {
  const window = decodeWindow(metadata, low, MAX_SPAN);
  const incomplete = new Set(window?.incomplete);
  return (offset) => offset < low || (offset < (window?.upTo ?? low) && !incomplete.has(offset));
}
