import type { TopicName } from '@signpost/contracts';
import { TopicFollower, type Following, type IncomingRecord } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { TopicReader } from './topic-reader.js';

/** Follows topics with a reader each, outside any group. */
export class KafkaTopicFollower extends TopicFollower {
  private readonly readers = new Set<TopicReader>();

  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  override async follow(
    topic: TopicName,
    onRecord: (record: IncomingRecord, partition: number) => void,
  ): Promise<Following> {
    const name = this.connection.physical(topic);
    const reader = new TopicReader(this.connection, name, onRecord);
    this.readers.add(reader);
    const stop = async (): Promise<void> => {
      this.readers.delete(reader);
      reader.stop();
    };
    try {
      await reader.start();
      await reader.caughtUp();
    } catch (error) {
      await stop();
      throw error;
    }
    return { caughtUp: () => reader.caughtUp(), stop };
  }

  async close(): Promise<void> {
    for (const reader of this.readers) reader.stop();
    this.readers.clear();
  }
}
