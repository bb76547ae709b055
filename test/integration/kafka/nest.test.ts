import 'reflect-metadata';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { KafkaConnection, KafkaConsumerStrategy, kafkaModule, type ConsumerGroupOptions } from '@signpost/kafka';
import { RecordSink, TopicFollower, type RecordBatch } from '@signpost/ports';
import { until } from '@signpost/testing';
import { testEnvironment } from './kafka-under-test.js';

const FIRST = Symbol('first group');
const SECOND = Symbol('second group');
const TIERS = [TOPICS.retry('1s'), TOPICS.retry('5s')] as const;

class Seen {
  readonly first: string[] = [];
  readonly second: string[] = [];
}

@Controller()
class Handlers {
  constructor(@Inject(Seen) private readonly seen: Seen) {}

  @EventPattern(TOPICS.messages, FIRST)
  messages({ lease, records, done }: RecordBatch): void {
    for (const { offset, value } of records) {
      this.seen.first.push(`${lease.topic} ${String(value)}`);
      done(offset);
    }
  }

  @EventPattern('tiers', SECOND)
  async tiers({ lease, records, done }: RecordBatch): Promise<void> {
    await Promise.resolve();
    for (const { offset, value } of records) {
      this.seen.second.push(`${lease.topic} ${String(value)}`);
      done(offset);
    }
  }

  @EventPattern(TOPICS.journal, SECOND)
  fails({ lease }: RecordBatch): void {
    throw new Error(`a bug with ${lease.topic}`);
  }
}

describe('a consumer group in Nest', () => {
  let app: NestFastifyApplication | undefined;
  afterEach(() => app?.close());

  const boot = async (
    groups: (connection: KafkaConnection) => Omit<ConsumerGroupOptions, 'onFatal'>[],
    fatal: Error[],
  ) => {
    const env = testEnvironment();
    @Module({ imports: [kafkaModule(env)], controllers: [Handlers], providers: [Seen] })
    class Role {}
    app = await NestFactory.create<NestFastifyApplication>(Role, new FastifyAdapter(), { logger: false });
    app.enableShutdownHooks([]);
    const connection = app.get(KafkaConnection);
    await connection.ensureTopics();
    for (const options of groups(connection)) {
      const strategy = new KafkaConsumerStrategy(connection, { ...options, onFatal: (error) => fatal.push(error) });
      app.connectMicroservice({ strategy });
    }
    await app.startAllMicroservices();
    return app;
  };
  const both = (connection: KafkaConnection): Omit<ConsumerGroupOptions, 'onFatal'>[] => [
    { group: 'first', transport: FIRST },
    { group: 'second', transport: SECOND, topics: { tiers: TIERS.map((tier) => connection.physical(tier)) } },
  ];

  it('brings each group the batches of its own handlers, several topics under one pattern', async () => {
    const running = await boot(both, []);
    const sink = running.get(RecordSink);
    for (const topic of [TOPICS.messages, ...TIERS]) await sink.append({ topic, key: 'k', value: Buffer.from('v') });
    const seen = running.get(Seen);
    await until(() => seen.first.length + seen.second.length >= 3, { timeoutMs: 30_000, what: 'the records' });
    expect(seen.first).toEqual(['messages v']);
    expect([...seen.second].sort()).toEqual(['deliveries.retry.1s v', 'deliveries.retry.5s v']);
  });

  it('reports a handler that throws', async () => {
    const fatal: Error[] = [];
    const running = await boot(both, fatal);
    await running.get(RecordSink).append({ topic: TOPICS.journal, key: 'k', value: null });
    await until(() => fatal.length > 0, { timeoutMs: 30_000, what: 'the report' });
    expect(fatal).toMatchObject([{ code: 'handler_failed', details: { topic: TOPICS.journal, offset: 0 } }]);
  });

  it.each([
    ['a group without handlers', { group: 'x', transport: Symbol('nobody') }, 'no handler is registered'],
    [
      'a pattern that nobody handles',
      { group: 'x', transport: FIRST, topics: { other: ['t'] } },
      'no handler has the pattern',
    ],
    [
      'two patterns for one topic',
      { group: 'x', transport: SECOND, topics: { tiers: ['t'], [TOPICS.journal]: ['t'] } },
      'two patterns',
    ],
  ])('does not boot with %s', async (_what, options, message) => {
    await expect(boot(() => [options], [])).rejects.toThrow(message);
  });

  it('shares one client between roles that ask with the same environment, and closes all of it', async () => {
    const env = testEnvironment();
    expect(kafkaModule(env)).toBe(kafkaModule(env));
    expect(kafkaModule({ ...env })).not.toBe(kafkaModule(env));
    const running = await boot(both, []);
    const sink = running.get(RecordSink);
    expect(running.get(TopicFollower)).toBeInstanceOf(TopicFollower);
    const accepted = sink.append({ topic: TOPICS.messages, key: 'k', value: Buffer.from('last') });
    await running.close();
    await expect(accepted).resolves.toMatchObject({ offset: expect.any(Number) as unknown });
    await expect(sink.append({ topic: TOPICS.messages, key: 'k', value: null })).rejects.toMatchObject({
      code: 'kafka_sink_closed',
    });
  });
});
