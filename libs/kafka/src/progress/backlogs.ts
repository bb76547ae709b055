import type { TopicName } from '@signpost/contracts';
import { Backlogs, type BacklogLook, type BacklogWatcher, type GroupBacklog, type GroupRead } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { partitionKey } from '../consumer/committed-offsets.js';
import type { PartitionName } from '../wire/requests/fetch.js';
import { BacklogQuestions } from './backlog-questions.js';
import { behindOf, recordKey, remember, summed, toRead, type GroupPosition, type Memory } from './group-positions.js';
import { keptFor } from './topic-retention.js';

/** Records that one look reads at most, a batch each, and so many at a time. */
const MOST_READ = 200;
const AT_ONCE = 4;
/** Nobody changes for how long a topic is kept more often. */
const RETENTION_EVERY_MS = 300_000;

export class KafkaBacklogs extends Backlogs {
  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  override watch(reads: readonly GroupRead[]): KafkaBacklogWatcher {
    return new KafkaBacklogWatcher(this.connection, reads);
  }
}

/** One group and the topics that are told of as one. */
interface Watched {
  readonly group: GroupRead['group'];
  readonly topic: TopicName | 'source';
  /** Their full names. */
  readonly names: readonly string[];
}

type Retention = BacklogLook['retentionMs'];

/**
 * A look is a question to each group's coordinator, one or two to each broker that leads, and a read of each partition that was behind
 * at the look before already and has moved since: of what came later, the ends of both looks say enough.
 */
export class KafkaBacklogWatcher implements BacklogWatcher {
  private readonly questions: BacklogQuestions;
  private readonly watched: readonly Watched[];
  private memory: Memory | undefined;
  private turn = 0;
  private retention: { readonly atMs: number; readonly kept: Retention } | undefined;

  constructor(
    private readonly connection: KafkaConnection,
    reads: readonly GroupRead[],
  ) {
    this.questions = new BacklogQuestions(connection.cluster);
    this.watched = watchedOf(reads, connection);
  }

  /** Requests that this has made. */
  get asked(): number {
    return this.questions.asked;
  }

  async look(): Promise<BacklogLook> {
    const positions = await this.positions();
    const atMs = Date.now();
    const behind = behindOf(positions, this.memory, atMs);
    const read = await this.read(toRead(behind, MOST_READ, this.turn));
    this.turn += 1;
    this.memory = remember(atMs, positions, behind, read);
    const backlogs = this.watched.map(({ group, topic, names }): GroupBacklog => {
      const isOf = (position: GroupPosition): boolean => position.group === group && names.includes(position.topic);
      const own = behind.filter(({ position }) => isOf(position));
      return { group, topic, ...summed(positions.filter(isOf), own, read) };
    });
    return { atMs, backlogs, retentionMs: await this.kept(atMs) };
  }

  close(): void {
    this.questions.close();
  }

  private async positions(): Promise<readonly GroupPosition[]> {
    const partitions = await this.partitions();
    const groups = [...new Set(this.watched.map(({ group }) => group))];
    // First how far the groups are: what is written in between counts as not done, never as done before it was written.
    const committed = await Promise.all(groups.map((group) => this.committed(group, partitions)));
    const ends = offsetsByKey(await this.questions.offsets('end', partitions));
    const positions = committed.flat().map(({ group, topic, partition, offset }) => {
      const end = ends.get(partitionKey(topic, partition)) ?? 0;
      return { group, topic, partition, from: Math.max(0, offset), end };
    });
    return this.withoutDeleted(positions);
  }

  /** What was deleted before it was read waits no more, and a group that never committed begins where the log does. */
  private async withoutDeleted(positions: readonly GroupPosition[]): Promise<readonly GroupPosition[]> {
    const behind = behindOf(positions, this.memory, Date.now()).filter(({ written }) => written.kind !== 'recent');
    if (behind.length === 0) return positions;
    const names = new Map(
      behind.map(({ position: { topic, partition } }) => [partitionKey(topic, partition), { topic, partition }]),
    );
    const firsts = offsetsByKey(await this.questions.offsets('first', [...names.values()]));
    return positions.map((position) => {
      const first = firsts.get(partitionKey(position.topic, position.partition)) ?? 0;
      return { ...position, from: Math.max(position.from, first) };
    });
  }

  private async committed(
    group: string,
    partitions: readonly PartitionName[],
  ): Promise<readonly (PartitionName & { readonly group: string; readonly offset: number })[]> {
    const names = new Set(this.watched.filter((one) => one.group === group).flatMap((one) => one.names));
    const own = partitions.filter(({ topic }) => names.has(topic));
    if (own.length === 0) return [];
    const said = await this.questions.committed(this.connection.physical(group), own);
    return said.map(({ topic, partition, offset }) => ({ group, topic, partition, offset }));
  }

  /** Of all topics that there are: one of the platform's own may not have been made yet. */
  private async partitions(): Promise<readonly PartitionName[]> {
    const { cluster } = this.connection;
    const names = [...new Set(this.watched.flatMap((one) => one.names))];
    // Each is asked for before the refresh: that is how the cluster comes to know what it has to learn.
    const known = names.map((topic) => cluster.partitionsOf(topic).length);
    if (known.includes(0)) await cluster.refresh();
    return names.flatMap((topic) => cluster.partitionsOf(topic).map((partition) => ({ topic, partition })));
  }

  private async read(records: readonly GroupPosition[]): Promise<ReadonlyMap<string, number>> {
    const read = new Map<string, number>();
    const waiting = [...records];
    const one = async (): Promise<void> => {
      for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
        const atMs = await this.questions.writtenAt(record);
        if (atMs !== undefined) read.set(recordKey(record), atMs);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return read;
  }

  /** It may be forbidden to be asked: the rest of the look is worth as much without. */
  private async kept(atMs: number): Promise<Retention> {
    if (this.retention !== undefined && atMs - this.retention.atMs < RETENTION_EVERY_MS) return this.retention.kept;
    const { connection } = this;
    const names = this.watched.flatMap(({ topic, names: all }) => all.map((name) => [name, topic] as const));
    const present = new Map(names.filter(([name]) => connection.cluster.partitionsOf(name).length > 0));
    this.questions.asked += 1;
    const kept = await keptFor(await connection.admin(), present).catch((error: unknown) => {
      connection.warn('Kafka does not say for how long it keeps its topics', error);
      return this.retention?.kept ?? [];
    });
    this.retention = { atMs, kept };
    return kept;
  }
}

function watchedOf(reads: readonly GroupRead[], connection: KafkaConnection): readonly Watched[] {
  const watched = new Map<string, { group: GroupRead['group']; topic: TopicName | 'source'; names: string[] }>();
  for (const read of reads) {
    const topic = 'source' in read ? 'source' : read.topic;
    const name = 'source' in read ? read.source : connection.physical(read.topic);
    const key = `${read.group}/${topic}`;
    const known = watched.get(key);
    if (known === undefined) watched.set(key, { group: read.group, topic, names: [name] });
    else known.names.push(name);
  }
  return [...watched.values()];
}

const offsetsByKey = (listed: readonly (PartitionName & { readonly offset: number })[]): ReadonlyMap<string, number> =>
  new Map(listed.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]));
