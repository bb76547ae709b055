import { GROUP_TOPICS, INGEST_GROUP, TOPICS } from '@signpost/contracts';
import type { GroupRead } from '@signpost/ports';

/** What the groups of the pipeline read, and ingest where its sources are known; without any it reads nothing. */
export function readsOfPipeline(sources: readonly string[]): readonly GroupRead[] {
  const groups = Object.keys(GROUP_TOPICS) as (keyof typeof GROUP_TOPICS)[];
  const own = groups.flatMap((group) => GROUP_TOPICS[group].map((topic): GroupRead => ({ group, topic })));
  return [...own, ...readsOfSources(sources)];
}

/** What ingest reads, with sources of these full names. */
export function readsOfSources(sources: readonly string[]): readonly GroupRead[] {
  if (sources.length === 0) return [];
  return [
    { group: INGEST_GROUP, topic: TOPICS.redriven },
    ...sources.map((source): GroupRead => ({ group: INGEST_GROUP, source })),
  ];
}
