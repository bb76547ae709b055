import { describe, expect, it } from '@jest/globals';
import { messageHeaders, readMessage, TOPICS, type TopicName } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { Log } from '@signpost/observability';
import {
  TopicScanner,
  type IncomingRecord,
  type PartitionBounds,
  type PartitionLease,
  type TopicPart,
} from '@signpost/ports';
import { turn } from '@signpost/testing/held-sink';
import { Repeats } from './repeats.js';

const applicationId = newId('app', 0);
const NOW_MS = Date.now();
const MINUTE_MS = 60_000;
type EventTopic = typeof TOPICS.messages | typeof TOPICS.messagesBulk;

function aRecord(offset: number, eventId: string, timestampMs = NOW_MS, eventSource?: string): IncomingRecord {
  const message = {
    id: newId('msg', timestampMs),
    applicationId,
    eventType: 'a',
    eventId,
    ...(eventSource === undefined ? {} : { eventSource }),
    acceptedAtMs: timestampMs,
    payload: Buffer.from('{}'),
  };
  return { offset, timestampMs, key: null, value: message.payload, headers: messageHeaders(message) };
}

/** Partition 0 of both topics in memory. */
class Logs extends TopicScanner {
  readonly of: Record<EventTopic, IncomingRecord[]> = { messages: [], 'messages.bulk': [] };

  override async bounds(topic: TopicName): Promise<readonly PartitionBounds[]> {
    return [{ partition: 0, first: 0, end: this.records(topic).length }];
  }

  override async offsetAt(): Promise<number> {
    return 0;
  }

  override async scan(
    topic: TopicName,
    [bounds]: readonly PartitionBounds[],
    onPart: (part: TopicPart) => Promise<void>,
  ): Promise<void> {
    const { first = 0, end = 0 } = bounds ?? {};
    await onPart({ partition: 0, from: first, to: end, records: this.records(topic).slice(first, end) });
  }

  private records(topic: TopicName): IncomingRecord[] {
    return this.of[topic as EventTopic];
  }
}

/** A process that owns the partition of both. `from` and `to`: what the group had committed. */
class Owner {
  private readonly repeats: Repeats;
  private readonly leases: Record<EventTopic, PartitionLease>;

  constructor(
    private readonly logs: Logs,
    starts: Partial<Record<EventTopic, { readonly from: number; readonly to: number }>> = {},
  ) {
    const config = { repeatWindowMs: 60 * MINUTE_MS, repeatWindowIds: 1_000 };
    this.repeats = new Repeats(logs, config, Log.create('silent', 'test'));
    const lease = (topic: EventTopic): PartitionLease => {
      const end = logs.of[topic].length;
      return { topic, partition: 0, lost: false, start: starts[topic] ?? { from: end, to: end } };
    };
    this.leases = { messages: lease(TOPICS.messages), 'messages.bulk': lease(TOPICS.messagesBulk) };
  }

  async start(): Promise<this> {
    await this.repeats.assigned(Object.values(this.leases));
    return this;
  }

  /** A new record of the topic is met. */
  meet(topic: EventTopic, eventId: string, timestampMs?: number, source?: string): boolean | Promise<boolean> {
    const record = aRecord(this.logs.of[topic].length, eventId, timestampMs, source);
    this.logs.of[topic].push(record);
    return this.judge(topic, record.offset);
  }

  /** One of the log is. */
  judge(topic: EventTopic, offset: number): boolean | Promise<boolean> {
    const record = this.logs.of[topic][offset];
    if (record === undefined) throw new Error(`${topic} has no record ${String(offset)}`);
    return this.repeats.isRepeat(this.leases[topic], record, readMessage(record));
  }

  /** The record of messages.bulk is at work; returns what ends that. */
  works(offset: number): () => void {
    let end = (): void => undefined;
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.repeats.underWay(this.leases['messages.bulk'], offset, work);
    return end;
  }

  lose(topic: EventTopic): void {
    this.repeats.revoked([this.leases[topic]]);
  }
}

const { messages, messagesBulk: bulk } = TOPICS;

describe('an event that came by messages and by messages.bulk', () => {
  it('is a repeat in the second, whichever that is', async () => {
    const owner = await new Owner(new Logs()).start();
    expect([
      owner.meet(messages, 'a'),
      owner.meet(bulk, 'a'),
      owner.meet(bulk, 'b'),
      owner.meet(messages, 'b'),
    ]).toEqual([false, true, false, true]);
  });

  it('is none where as much time lies between them as the window is long', async () => {
    const owner = await new Owner(new Logs()).start();
    void owner.meet(messages, 'a', NOW_MS - 62 * MINUTE_MS);
    void owner.meet(bulk, 'b', NOW_MS - 62 * MINUTE_MS);
    expect([owner.meet(bulk, 'a'), owner.meet(messages, 'b')]).toEqual([false, false]);
  });

  it('is another where its source is another', async () => {
    const owner = await new Owner(new Logs()).start();
    void owner.meet(messages, 'a', NOW_MS, '/s');
    const verdicts = ['/t', '/s', undefined].map((source) => owner.meet(bulk, 'a', NOW_MS, source));
    expect(verdicts).toEqual([false, true, true]);
  });

  it('waits for the first in messages.bulk, and for all before it there, since they would come again after a crash', async () => {
    const owner = await new Owner(new Logs()).start();
    const ends = ['a', 'b', 'c'].map((eventId, offset) => {
      void owner.meet(bulk, eventId);
      return owner.works(offset);
    });
    let verdict: boolean | undefined;
    void Promise.resolve(owner.meet(messages, 'b')).then((is) => (verdict = is));
    ends[1]?.();
    await turn();
    expect(verdict).toBeUndefined();
    ends[0]?.();
    await turn();
    expect(verdict).toBe(true);
  });

  it('is known to a new owner', async () => {
    const logs = new Logs();
    const before = await new Owner(logs).start();
    void before.meet(messages, 'a');
    void before.meet(bulk, 'b');
    const owner = await new Owner(logs).start();
    expect([owner.meet(bulk, 'a'), owner.meet(messages, 'b')]).toEqual([true, true]);
  });

  it('is sent by the record of messages that an earlier owner did not finish, though its repeat was finished', async () => {
    const logs = new Logs();
    const before = await new Owner(logs).start();
    expect([before.meet(messages, 'a'), before.meet(bulk, 'a')]).toEqual([false, true]);
    const owner = await new Owner(logs, { messages: { from: 0, to: 0 } }).start();
    expect(owner.judge(messages, 0)).toBe(false);
  });

  it('is no repeat of what an earlier owner of messages.bulk may not have finished', async () => {
    const logs = new Logs();
    const before = await new Owner(logs).start();
    void before.meet(bulk, 'a');
    void before.meet(bulk, 'b');
    const owner = await new Owner(logs, { 'messages.bulk': { from: 0, to: 2 } }).start();
    expect(owner.meet(messages, 'a')).toBe(false);
  });

  it('is judged by one topic alone while the other is not read here', async () => {
    const owner = await new Owner(new Logs()).start();
    void owner.meet(messages, 'a');
    owner.lose(messages);
    expect(owner.meet(bulk, 'a')).toBe(false);
  });
});
