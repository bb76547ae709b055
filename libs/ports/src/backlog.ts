import type { GROUP_TOPICS, INGEST_GROUP, TopicName } from '@signpost/contracts';

/** A topic that a consumer group reads: one of ours by its name, or one of the platform's own by its full name. */
export type GroupRead = { readonly group: keyof typeof GROUP_TOPICS | typeof INGEST_GROUP } & (
  { readonly topic: TopicName } | { readonly source: string }
);

/** What a group has not committed yet of a topic, over all partitions; the sources of one group are one topic. */
export interface GroupBacklog {
  readonly group: GroupRead['group'];
  readonly topic: TopicName | 'source';
  readonly records: number;
  /** When the oldest of them was written, in milliseconds since 1970; undefined where there is none, or it is not known. */
  readonly oldestAtMs: number | undefined;
  /** The same of those that lay there already at the look before this one. */
  readonly settledOldestAtMs: number | undefined;
}

export interface BacklogLook {
  /** When it was taken, in milliseconds since 1970. */
  readonly atMs: number;
  readonly backlogs: readonly GroupBacklog[];
  /** For how long Kafka keeps what is written, in milliseconds; without topics that it keeps for ever or compacts. */
  readonly retentionMs: readonly { readonly topic: TopicName | 'source'; readonly ms: number }[];
}

/** Takes one look after the other. */
export interface BacklogWatcher {
  /** Rejects when Kafka does not answer; the next look is as good as any. */
  look(): Promise<BacklogLook>;
  close(): void;
}

/** What waits in Kafka, as seen from outside of the groups that should see to it: nobody who reads has to be up. */
export abstract class Backlogs {
  abstract watch(reads: readonly GroupRead[]): BacklogWatcher;
}
