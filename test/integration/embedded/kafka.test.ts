import { afterEach, describe, expect, it } from '@jest/globals';
import { findFreePort, freshFolder, startKafka, until, type EmbeddedKafka, type KafkaOptions } from '@signpost/testing';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';

const TOPIC = 'things';
const running: EmbeddedKafka[] = [];

async function start(options: Partial<KafkaOptions> = {}): Promise<EmbeddedKafka> {
  const kafka = await startKafka({ dataFolder: freshFolder(), ...options });
  running.push(kafka);
  return kafka;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((kafka) => kafka.kill()));
});

function client(kafka: EmbeddedKafka, config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers: [...kafka.brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: 3_000,
    connectionTimeout: 2_000,
    retry: { retries: 2, initialRetryTime: 50 },
    ...config,
  });
}

async function withAdmin<T>(kafka: Kafka, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function send(kafka: Kafka, value: string): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    await producer.send({ topic: TOPIC, messages: [{ value }] });
  } finally {
    await producer.disconnect();
  }
}

const endOffset = (kafka: Kafka) => withAdmin(kafka, async (admin) => (await admin.fetchTopicOffsets(TOPIC))[0]?.high);

const create = (kafka: Kafka, replicationFactor = 1) =>
  withAdmin(kafka, (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: 1, replicationFactor }] }),
  );

const leader = (kafka: Kafka) =>
  withAdmin(kafka, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
    return topics[0]?.partitions[0]?.leader;
  });

describe('an embedded broker', () => {
  it.each(['graceful', 'killed'] as const)('goes on with its data and ports after a %s end', async (end) => {
    const kafka = await start();
    await create(client(kafka));
    await send(client(kafka), 'kept');
    const before = { brokers: kafka.brokers, pids: kafka.pids };
    if (end === 'killed') await kafka.kill();
    else await kafka.stop();
    expect(kafka.pids).toEqual([]);
    await kafka.restart();
    expect(kafka.brokers).toEqual(before.brokers);
    expect(kafka.pids).not.toEqual(before.pids);
    expect(await endOffset(client(kafka))).toBe('1');
  });

  it('takes its data over from a broker whose parent was killed', async () => {
    const dataFolder = freshFolder();
    const orphan = await start({ dataFolder });
    await create(client(orphan));
    await send(client(orphan), 'kept');
    const heir = await start({ dataFolder });
    expect(orphan.pids).toEqual([]);
    expect(await endOffset(client(heir))).toBe('1');
  });

  it('answers nobody while paused, and everybody afterwards', async () => {
    const kafka = await start();
    await create(client(kafka));
    kafka.pause();
    const impatient = client(kafka, { requestTimeout: 500, connectionTimeout: 500, retry: { retries: 0 } });
    await expect(endOffset(impatient)).rejects.toThrow();
    kafka.resume();
    await until(() => endOffset(client(kafka)), { timeoutMs: 20_000, what: 'the broker to answer again' });
  });

  it('stops gracefully even while paused', async () => {
    const dataFolder = freshFolder();
    const kafka = await start({ dataFolder });
    kafka.pause();
    await kafka.stop();
    expect(kafka.pids).toEqual([]);
    expect(existsSync(join(dataFolder, 'node-1', 'log', '.kafka_cleanshutdown'))).toBe(true);
  });

  it('says which port is taken', async () => {
    const port = await findFreePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    await expect(start({ ports: [port] })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(port)) as unknown,
    });
    squatter.close();
  });

  it('says at once, with the reason, that it could not start, and leaves no process', async () => {
    const dataFolder = freshFolder();
    await expect(start({ dataFolder, properties: { 'num.io.threads': '0' } })).rejects.toMatchObject({
      code: 'kafka_not_started',
      message: expect.stringContaining('num.io.threads') as unknown,
    });
    expect(existsSync(join(dataFolder, 'node-1', 'kafka.pid'))).toBe(false);
  });
});

describe('an embedded cluster', () => {
  it('moves a partition to the other broker when its leader dies, whichever that is, and takes the dead one back', async () => {
    const kafka = await start({ brokers: 2 });
    await create(client(kafka), 2);
    for (const value of ['first', 'second']) {
      await send(client(kafka), value);
      const dead = await leader(client(kafka));
      await kafka.kill('SIGKILL', dead);
      await until(
        async () => {
          const next = await leader(client(kafka));
          return next !== dead && next !== undefined && next > 0;
        },
        { timeoutMs: 30_000, what: 'another leader' },
      );
      await kafka.restart(dead);
      await until(
        () =>
          withAdmin(client(kafka), async (admin) => {
            const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
            return topics[0]?.partitions[0]?.isr.length === 2;
          }),
        { timeoutMs: 30_000, what: 'both replicas in sync' },
      );
    }
    expect(await endOffset(client(kafka))).toBe('2');
  });
});

describe('secure listeners', () => {
  const user = { name: 'dispatcher', password: 'pass_word-1' };

  it('serve TLS and every SASL mechanism, and refuse strangers', async () => {
    const kafka = await start({ listeners: ['SSL', 'SASL_SSL', 'SASL_PLAINTEXT'], users: [user] });
    await create(client(kafka));
    const ssl = { ca: [kafka.certificateAuthority ?? ''] };
    const username = user.name;
    const { password } = user;
    const over = (listener: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT', config: Partial<KafkaConfig>) =>
      endOffset(client(kafka, { brokers: [...kafka.addresses(listener)], retry: { retries: 0 }, ...config }));

    expect(await over('SSL', { ssl })).toBe('0');
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const sasl = { mechanism, username, password } as NonNullable<KafkaConfig['sasl']>;
      const wrong = { mechanism, username, password: 'wrong' } as NonNullable<KafkaConfig['sasl']>;
      expect(await over('SASL_PLAINTEXT', { sasl })).toBe('0');
      expect(await over('SASL_SSL', { sasl, ssl })).toBe('0');
      await expect(over('SASL_SSL', { sasl: wrong, ssl })).rejects.toThrow(/[Aa]uthentication/);
    }
    await expect(over('SSL', { ssl: true })).rejects.toThrow(/certificate/);
  });

  it('keep passwords from other users of the machine', async () => {
    const dataFolder = freshFolder();
    await start({ dataFolder, listeners: ['SASL_PLAINTEXT'], users: [user] });
    const { mode } = statSync(join(dataFolder, 'node-1', 'server.properties'));
    expect(mode & 0o077).toBe(0);
    expect(readFileSync(join(dataFolder, 'node-1', 'server.log'), 'utf8')).not.toContain(user.password);
  });
});
