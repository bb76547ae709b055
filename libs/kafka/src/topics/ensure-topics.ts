import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { AppError } from '@signpost/domain';
import type { KafkaConfig } from '../config.js';
import { patiently } from '../connection/patiently.js';
import { topicLayouts, type TopicLayout } from './topic-layout.js';

export class TopicLayoutError extends AppError {
  readonly code = 'topic_layout_differs';
}

const ATTEMPTS = 20;
const PAUSE_MS = 250;

export async function ensureTopics(
  admin: Admin,
  config: Pick<KafkaConfig, 'partitions' | 'replication' | 'minInsyncReplicas'>,
  physical: (name: string) => string,
): Promise<void> {
  const layouts = topicLayouts(config, physical);
  for (let attempt = 1; ; attempt++) {
    const present = new Set(await admin.listTopics());
    const missing = layouts.filter(({ name }) => !present.has(name));
    try {
      if (missing.length === 0) {
        await check(admin, layouts);
        return;
      }
      await create(admin, missing);
    } catch (error) {
      // Another process is creating the same topics, or the cluster has not yet told every broker of them.
      if (error instanceof TopicLayoutError || attempt === ATTEMPTS) throw error;
    }
    await wait(PAUSE_MS);
  }
}

/** Returns once the new topics' leaders answer: what is written to them before would be written twice. */
async function create(admin: Admin, layouts: readonly TopicLayout[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    timeout: 15_000,
    topics: layouts.map(({ name, partitions, replication, settings }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    })),
  });
  for (const { name } of layouts) await patiently(() => admin.fetchTopicOffsets(name));
}

async function check(admin: Admin, layouts: readonly TopicLayout[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: layouts.map(({ name }) => name) });
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  const differing = layouts.filter(({ name, partitions }) => counts.get(name) !== partitions);
  if (differing.length === 0) return;
  const wanted = String(differing[0]?.partitions);
  const found = differing.map(({ name }) => `${name} has ${String(counts.get(name) ?? 0)}`).join(', ');
  throw new TopicLayoutError(
    `Kafka topics have another number of partitions than KAFKA_PARTITIONS=${wanted} (${found}): ` +
      'all of them need the same number, since one partition number belongs to one process; ' +
      'set KAFKA_PARTITIONS to what they have, or choose another KAFKA_TOPIC_PREFIX',
    { differing: differing.map(({ name }) => name) },
  );
}
