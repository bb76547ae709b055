import { setTimeout as wait } from 'node:timers/promises';
import { readMessage, TOPICS, UnreadableRecordError, type MessageRecord } from '@signpost/contracts';
import { EventIdentities, RepeatWindow, type EventIdentity } from '@signpost/domain';
import type { Log } from '@signpost/observability';
import {
  AssignmentObserver,
  type IncomingRecord,
  type PartitionBounds,
  type PartitionLease,
  type TopicScanner,
} from '@signpost/ports';
import type { MatcherConfig } from '../matcher.config.js';

const READ_AT_ONCE = 4;
const RETRY_MS = 250;

interface Remembered {
  readonly window: RepeatWindow;
  /** Repeats among the records that were read ahead, from where the group goes on. */
  readonly ahead: ReadonlySet<number>;
  /** Every record below was done when the lease began. */
  readonly from: number;
  /** The first offset that was not read ahead then, and the first that this process has not met yet. */
  readonly to: number;
  nextOffset: number;
  /** Where the log ended then: no earlier owner has seen what lies behind. */
  readonly unseen: number;
  /** Records at work, by offset; kept of `messages.bulk` alone. */
  readonly underWay: Map<number, Promise<void>>;
}

/** The next of a partition that is read back. Takes its records in. */
type Take = (record: IncomingRecord) => void;

/**
 * Knows the events of each partition that came within the window before. What a new owner has to know it reads from the topic
 * itself, before its first batch: from as far back as the window of the first record that is not done reaches.
 */
export class Repeats extends AssignmentObserver {
  private readonly identities = new EventIdentities();
  private readonly known = new Map<PartitionLease, Remembered>();
  /** The same by topic and partition. */
  private readonly places = { [TOPICS.messages]: new Places(), [TOPICS.messagesBulk]: new Places() };

  constructor(
    private readonly scanner: TopicScanner,
    private readonly config: MatcherConfig,
    private readonly log: Log,
  ) {
    super();
  }

  override async assigned(leases: readonly PartitionLease[]): Promise<void> {
    if (this.config.repeatWindowMs === 0) return;
    const startedMs = performance.now();
    const left = [...leases];
    const work = async (): Promise<void> => {
      for (let lease = left.shift(); lease !== undefined; lease = left.shift()) await this.remember(lease);
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
    let events = 0;
    for (const lease of leases) events += this.known.get(lease)?.window.size ?? 0;
    const seconds = Math.round((performance.now() - startedMs) / 10) / 100;
    this.log.info('read back which events came before', { partitions: leases.length, events, seconds });
  }

  override revoked(leases: readonly PartitionLease[]): void {
    for (const lease of leases) {
      const known = this.known.get(lease);
      const places = this.places[topicOf(lease)];
      if (known !== undefined && places.get(lease.partition) === known) places.delete(lease.partition);
      this.known.delete(lease);
    }
  }

  /**
   * Whether the message's event came within the window before. Has to be asked for each record once, in their order. A promise only
   * where the event came by `messages.bulk` and is still at work there.
   */
  isRepeat(
    lease: PartitionLease,
    { offset, timestampMs }: IncomingRecord,
    message: MessageRecord,
  ): boolean | Promise<boolean> {
    const known = this.known.get(lease);
    if (known === undefined) return false;
    const identity = this.identities.of(message);
    if (this.isInOwnLog(known, identity, offset, timestampMs)) return true;
    const other = this.places[otherTopic(lease)].get(lease.partition);
    if (other === undefined) return false;
    const found = other.window.find(identity, timestampMs);
    if (found === undefined) return false;
    return lease.topic === TOPICS.messagesBulk || (offset >= known.unseen && isDone(other, found));
  }

  /** Tells of a record at work. Those of `messages.bulk` have to be told of: others may repeat them. */
  underWay({ topic, partition }: PartitionLease, offset: number, work: Promise<void>): void {
    if (topic !== TOPICS.messagesBulk) return;
    const known = this.places[topic].get(partition);
    if (known === undefined) return;
    known.underWay.set(offset, work);
    const end = (): void => {
      known.underWay.delete(offset);
    };
    // Whoever does the work hears of its failure.
    work.then(end, () => undefined);
  }

  private isInOwnLog(known: Remembered, identity: EventIdentity, offset: number, timestampMs: number): boolean {
    if (offset < known.nextOffset) return known.ahead.has(offset);
    known.nextOffset = offset + 1;
    return known.window.take(identity, offset, timestampMs);
  }

  /** Tries until it can be read, or the partition is somebody else's: nothing is matched before. */
  private async remember(lease: PartitionLease): Promise<void> {
    while (!isLost(lease)) {
      try {
        const known = await this.readBack(lease);
        if (!isLost(lease)) {
          this.known.set(lease, known);
          this.places[topicOf(lease)].set(lease.partition, known);
        }
        return;
      } catch (error) {
        if (isLost(lease)) return;
        const { topic, partition } = lease;
        this.log.warn('cannot read back which events came before; trying again', { err: error, topic, partition });
        await wait(RETRY_MS);
      }
    }
  }

  private async readBack(lease: PartitionLease): Promise<Remembered> {
    const { repeatWindowMs: windowMs, repeatWindowIds: ids } = this.config;
    const { from, to } = lease.start ?? { from: 0, to: 0 };
    const window = new RepeatWindow({ windowMs, ids });
    const ahead = new Set<number>();
    const take: Take = (record) => {
      const message = readable(record);
      if (message === undefined) return;
      const isRepeat = window.take(this.identities.of(message), record.offset, record.timestampMs);
      if (isRepeat && record.offset >= from) ahead.add(record.offset);
    };
    const unseen = (await this.boundsOf(lease))?.end ?? 0;
    const first = await this.beginning(lease, from);
    const nextOffset = Math.max(from, to);
    await this.scan(lease, first, nextOffset, take);
    return { window, ahead, from, to: nextOffset, nextOffset, unseen, underWay: new Map() };
  }

  /** Where the window of the first record that is not done begins. */
  private async beginning(lease: PartitionLease, from: number): Promise<number> {
    const topic = topicOf(lease);
    let nextMs = Date.now();
    await this.scan(lease, from, from + 1, ({ timestampMs }) => (nextMs = timestampMs));
    const atMs = nextMs - this.config.repeatWindowMs - 1_000;
    const ofTime = await this.scanner.offsetAt(topic, lease.partition, atMs);
    return Math.max(ofTime, from - this.config.repeatWindowIds);
  }

  private async boundsOf({ topic, partition }: PartitionLease): Promise<PartitionBounds | undefined> {
    const bounds = await this.scanner.bounds(topicOf({ topic }));
    return bounds.find((one) => one.partition === partition);
  }

  private async scan(lease: PartitionLease, first: number, to: number, take: Take): Promise<void> {
    const log = await this.boundsOf(lease);
    if (log === undefined) return;
    const bounds = { partition: lease.partition, first: Math.max(first, log.first), end: Math.min(to, log.end) };
    await this.scanner.scan(topicOf(lease), [bounds], async ({ records }) => {
      if (lease.lost) throw new LeaseLostError();
      for (const record of records) take(record);
    });
  }
}

/** By partition. */
class Places extends Map<number, Remembered> {}

/**
 * Whether the event is on its way to everybody by the record at that offset of `messages.bulk`, or by those before it. If the process
 * ends before they are done, they come again, and find what was taken for their repeat: so that has to wait for them.
 */
function isDone({ from, to, underWay }: Remembered, offset: number): boolean | Promise<boolean> {
  if (offset < from) return true;
  // An earlier owner may have done it, or it comes again: nothing tells.
  if (offset < to) return false;
  const before = [...underWay].filter(([at]) => at <= offset).map(([, work]) => work);
  return before.length === 0 ? true : Promise.all(before).then(() => true);
}

/** It changes while something else is waited for. */
const isLost = ({ lost }: PartitionLease): boolean => lost;

/** Ends the reading of a partition that is somebody else's by now. */
class LeaseLostError extends Error {}

const topicOf = ({ topic }: Pick<PartitionLease, 'topic'>): typeof TOPICS.messages | typeof TOPICS.messagesBulk =>
  topic === TOPICS.messagesBulk ? TOPICS.messagesBulk : TOPICS.messages;

const otherTopic = (lease: PartitionLease): typeof TOPICS.messages | typeof TOPICS.messagesBulk =>
  topicOf(lease) === TOPICS.messages ? TOPICS.messagesBulk : TOPICS.messages;

/** Undefined for what is no message: it was set aside by whoever met it. */
function readable(record: IncomingRecord): MessageRecord | undefined {
  try {
    return readMessage(record);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}
