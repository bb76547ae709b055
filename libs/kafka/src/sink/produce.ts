import type { Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import type { PartitionBatch } from './partition-queue.js';

/** Of the request's time, what the broker may spend waiting for its replicas: it refuses before the client gives up. */
const FOR_REPLICAS = 0.8;

/**
 * One produce request a leader, and no retry inside: when kafkajs repeats a send by itself after a leader has moved,
 * it takes the answer of a broker that answered before for the moved partition's, and the records are gone.
 */
export async function produce(
  producer: Producer,
  batches: readonly PartitionBatch[],
  requestTimeoutMs: number,
): Promise<RecordMetadata[]> {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, records } of batches) {
    let messages = byTopic.get(topic);
    if (messages === undefined) byTopic.set(topic, (messages = []));
    for (const { record } of records) {
      messages.push({ key: record.key, value: record.value, partition, ...headersOf(record.headers) });
    }
  }
  const topicMessages: TopicMessages[] = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  return producer.sendBatch({ acks: -1, timeout: Math.floor(requestTimeoutMs * FOR_REPLICAS), topicMessages });
}

function headersOf(headers: Message['headers'] | undefined): Pick<Message, 'headers'> {
  return headers === undefined ? {} : { headers };
}

/**
 * Where each batch lies by what the brokers said of it. A batch that no broker spoke of is absent, even though the
 * client raised no error: it was not written as far as anybody knows, and has to be sent again.
 */
export function confirmed(
  batches: readonly PartitionBatch[],
  answer: readonly RecordMetadata[],
): ReadonlyMap<PartitionBatch, number> {
  const offsets = new Map<PartitionBatch, number>();
  for (const batch of batches) {
    const said = answer.find(({ topicName, partition }) => topicName === batch.topic && partition === batch.partition);
    const baseOffset = said?.errorCode === 0 ? Number(said.baseOffset ?? -1) : -1;
    if (baseOffset >= 0) offsets.set(batch, baseOffset);
  }
  return offsets;
}
