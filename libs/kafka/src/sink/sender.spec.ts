import { describe, expect, it } from '@jest/globals';
import type { Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { PartitionQueue } from './partition-queue.js';
import { PendingRecord } from './pending-record.js';
import { Sender } from './sender.js';

const TOPIC = 'signpost.messages';
const pendingOf = (partition: number, value: string): PendingRecord =>
  new PendingRecord({ topic: TOPICS.messages, key: 'key', value: Buffer.from(value) }, TOPIC, partition);

/** A client whose answers are scripted; it keeps what it was asked to write, by partition. */
function scripted(answers: ((asked: readonly number[]) => readonly number[] | Error)[]) {
  const written: { partition: number; value: string }[][] = [];
  const producer = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    sendBatch: ({ topicMessages = [] }: ProducerBatch): Promise<RecordMetadata[]> => {
      const messages = topicMessages.flatMap(({ messages }) => messages);
      written.push(messages.map(({ partition = -1, value }) => ({ partition, value: String(value) })));
      const asked = [...new Set(messages.map(({ partition = -1 }) => partition))];
      const answer = answers.shift()?.(asked) ?? asked;
      if (answer instanceof Error) return Promise.reject(answer);
      const said = answer.map((partition) => ({ topicName: TOPIC, partition, errorCode: 0, baseOffset: '7' }));
      return Promise.resolve(said);
    },
  };
  return { producer: producer as unknown as Producer, written };
}

function start(producer: Producer) {
  const resent: number[] = [];
  const events = { answered: () => undefined, failed: () => undefined, resent: (n: number) => resent.push(n) };
  const sender = new Sender(() => producer, { lingerMs: 0, requestTimeoutMs: 1_000 }, events);
  const queues = new Map<number, PartitionQueue>();
  const append = (partition: number, value: string): Promise<number> => {
    const queue = queues.get(partition) ?? new PartitionQueue(TOPIC, partition, () => undefined);
    queues.set(partition, queue);
    const pending = pendingOf(partition, value);
    queue.add(pending);
    sender.wake(queue);
    return pending.promise.then(({ offset }) => offset);
  };
  return { sender, append, resent };
}

describe('Sender', () => {
  it('sends again what the answer lacks, although the client raised no error', async () => {
    const { producer, written } = scripted([(asked) => asked.filter((partition) => partition !== 2)]);
    const { sender, append, resent } = start(producer);
    await expect(Promise.all([append(1, 'a'), append(2, 'b'), append(3, 'c')])).resolves.toEqual([7, 7, 7]);
    expect(written).toEqual([
      [
        { partition: 1, value: 'a' },
        { partition: 2, value: 'b' },
        { partition: 3, value: 'c' },
      ],
      [{ partition: 2, value: 'b' }],
    ]);
    expect(resent).toEqual([1]);
    await sender.close();
  });

  it('has one send in flight for a partition, also while that one fails, and others beside it', async () => {
    let release: (asked: readonly number[] | Error) => void = () => undefined;
    const { producer, written } = scripted([]);
    const first = new Promise<readonly number[] | Error>((resolve) => (release = resolve));
    const sendBatch = producer.sendBatch.bind(producer);
    let calls = 0;
    producer.sendBatch = async (batch) => {
      const answered = sendBatch(batch);
      if (calls++ > 0) return answered;
      const outcome = await first;
      if (outcome instanceof Error) throw outcome;
      return answered;
    };
    const { sender, append } = start(producer);
    const slow = append(1, 'a');
    await new Promise((resolve) => setImmediate(resolve));
    const followers = [append(1, 'b'), append(1, 'c')];
    await append(2, 'x');
    expect(written.flat().filter(({ partition }) => partition === 1)).toEqual([{ partition: 1, value: 'a' }]);
    release(new Error('connection closed'));
    await Promise.all([slow, ...followers]);
    const values = written.flat().filter(({ partition }) => partition === 1);
    expect(values.map(({ value }) => value)).toEqual(['a', 'a', 'b', 'c']);
    await sender.close();
  });

  it('refuses only the record that the broker calls too large', async () => {
    const tooLarge = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
    const { producer, written } = scripted([]);
    const sendBatch = producer.sendBatch.bind(producer);
    producer.sendBatch = (batch) => {
      const values = (batch.topicMessages ?? []).flatMap(({ messages }) => messages).map(({ value }) => String(value));
      return values.includes('huge') ? Promise.reject(tooLarge) : sendBatch(batch);
    };
    const { sender, append } = start(producer);
    const outcomes = await Promise.allSettled([
      append(1, 'a'),
      append(1, 'b'),
      append(1, 'huge'),
      append(1, 'd'),
      append(2, 'e'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'record_too_large' } });
    expect(
      written
        .flat()
        .filter(({ partition }) => partition === 1)
        .map(({ value }) => value),
    ).toEqual(['a', 'b', 'd']);
    await sender.close();
  });

  it('leaves out what its caller gave up on before it was sent', async () => {
    const { producer, written } = scripted([() => new Error('not now')]);
    const { sender } = start(producer);
    const queue = new PartitionQueue(TOPIC, 1, () => undefined);
    const [given, kept] = [pendingOf(1, 'given up'), pendingOf(1, 'kept')];
    queue.add(given);
    queue.add(kept);
    given.promise.catch(() => undefined);
    sender.wake(queue);
    await new Promise((resolve) => setImmediate(resolve));
    given.fail(new Error('too late'));
    await kept.promise;
    expect(written.at(-1)).toEqual([{ partition: 1, value: 'kept' }]);
    await sender.close();
  });
});
