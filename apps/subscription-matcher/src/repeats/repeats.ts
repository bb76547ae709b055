import { setTimeout as wait } from 'node:timers/promises';
import { readMessage, TOPICS, UnreadableRecordError, type MessageRecord } from '@signpost/contracts';
import { EventIdentities, RepeatWindow } from '@signpost/domain';
import type { Log } from '@signpost/observability';
import { AssignmentObserver, type IncomingRecord, type PartitionLease, type TopicScanner } from '@signpost/ports';
import type { MatcherConfig } from '../matcher.config.js';

const READ_AT_ONCE = 4;
const RETRY_MS = 250;

interface Remembered {
  readonly window: RepeatWindow;
  /** Repeats among the records that were read ahead, from where the group goes on. */
  readonly ahead: ReadonlySet<number>;
  /** The first offset that was not read ahead. */
  nextOffset: number;
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
    for (const lease of leases) this.known.delete(lease);
  }

  /** Whether the message's event came within the window before. Has to be asked for each record once, in their order. */
  isRepeat(lease: PartitionLease, { offset, timestampMs }: IncomingRecord, message: MessageRecord): boolean {
    const known = this.known.get(lease);
    if (known === undefined) return false;
    if (offset < known.nextOffset) return known.ahead.has(offset);
    known.nextOffset = offset + 1;
    return known.window.take(this.identities.of(message), offset, timestampMs);
  }

  /** Tries until it can be read, or the partition is somebody else's: nothing is matched before. */
  private async remember(lease: PartitionLease): Promise<void> {
    while (!isLost(lease)) {
      try {
        const known = await this.readBack(lease);
        if (!isLost(lease)) this.known.set(lease, known);
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
    const first = await this.beginning(lease, from);
    await this.scan(lease, first, Math.max(from, to), take);
    return { window, ahead, nextOffset: Math.max(from, to) };
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

  private async scan(lease: PartitionLease, first: number, to: number, take: Take): Promise<void> {
    const topic = topicOf(lease);
    const { partition } = lease;
    const log = (await this.scanner.bounds(topic)).find((one) => one.partition === partition);
    if (log === undefined) return;
    const bounds = { partition, first: Math.max(first, log.first), end: Math.min(to, log.end) };
    await this.scanner.scan(topic, [bounds], async ({ records }) => {
      if (lease.lost) throw new LeaseLostError();
      for (const record of records) take(record);
    });
  }
}

/** It changes while something else is waited for. */
const isLost = ({ lost }: PartitionLease): boolean => lost;

/** Ends the reading of a partition that is somebody else's by now. */
class LeaseLostError extends Error {}

const topicOf = ({ topic }: PartitionLease): typeof TOPICS.messages | typeof TOPICS.messagesBulk =>
  topic === TOPICS.messagesBulk ? TOPICS.messagesBulk : TOPICS.messages;

/** Undefined for what is no message: it was set aside by whoever met it. */
function readable(record: IncomingRecord): MessageRecord | undefined {
  try {
    return readMessage(record);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}
