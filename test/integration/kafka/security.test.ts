import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { KafkaConnection, loadKafkaConfig } from '@signpost/kafka';
import { freshFolder, freshTopicPrefix, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { openKafka, testEnvironment } from './kafka-under-test.js';

const USER = { name: 'signpost', password: 'only-for-this-test' };

describe('a broker that asks for TLS and a login', () => {
  let broker: EmbeddedKafka;
  let ca: string;
  beforeAll(async () => {
    const folder = freshFolder();
    broker = await startKafka({
      dataFolder: folder,
      listeners: ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
      users: [USER],
    });
    ca = join(folder, 'authority-for-client.pem');
    writeFileSync(ca, broker.certificateAuthority ?? '');
  }, 120_000);
  afterAll(() => broker.stop());

  // One set of topics for all of it: making them takes longer than the rest.
  const prefix = { KAFKA_TOPIC_PREFIX: freshTopicPrefix() };
  const tls = (): NodeJS.ProcessEnv => ({ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: ca });
  const login = (mechanism: string): NodeJS.ProcessEnv => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: USER.name,
    KAFKA_SASL_PASSWORD: USER.password,
  });

  it.each([
    ['TLS', 'SSL', () => tls()],
    ['PLAIN', 'SASL_PLAINTEXT', () => login('plain')],
    ['SCRAM-SHA-256', 'SASL_PLAINTEXT', () => login('scram-sha-256')],
    ['SCRAM-SHA-512', 'SASL_PLAINTEXT', () => login('scram-sha-512')],
    ['PLAIN over TLS', 'SASL_SSL', () => ({ ...tls(), ...login('plain') })],
    ['SCRAM-SHA-256 over TLS', 'SASL_SSL', () => ({ ...tls(), ...login('scram-sha-256') })],
    ['SCRAM-SHA-512 over TLS', 'SASL_SSL', () => ({ ...tls(), ...login('scram-sha-512') })],
  ] as const)('is written to and read from by %s', async (name, listener, settings) => {
    const kafka = await openKafka(testEnvironment(broker.addresses(listener), { ...prefix, ...settings() }));
    const seen: string[] = [];
    await kafka.join({
      group: name.replaceAll(' ', '-'),
      topics: [TOPICS.messages],
      handler: ({ records, done }) => {
        for (const { offset, value } of records) {
          seen.push(String(value));
          done(offset);
        }
      },
    });
    await kafka.sink.append({ topic: TOPICS.messages, key: 'k', value: Buffer.from(name) });
    await until(() => seen.includes(name), { timeoutMs: 30_000, what: 'the record' });
    await kafka.close();
  });

  it.each([
    ['a wrong password', 'SASL_PLAINTEXT', () => ({ ...login('scram-sha-256'), KAFKA_SASL_PASSWORD: 'not-this-one' })],
    ['an authority that nobody vouches for', 'SSL', () => ({ KAFKA_TLS: 'true' })],
  ] as const)('lets nobody in with %s, and says no secret', async (_name, listener, settings) => {
    const connection = new KafkaConnection(loadKafkaConfig(testEnvironment(broker.addresses(listener), settings())));
    const said: string[] = [];
    connection.logTo((entry) => said.push(JSON.stringify(entry)));
    await expect(connection.probe(10_000)).rejects.toThrow();
    expect(said.join('\n')).not.toContain('not-this-one');
    await connection.close();
  });

  it('says which certificate file cannot be read', () => {
    const env = testEnvironment(broker.addresses('SSL'), { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/nowhere/ca.pem' });
    expect(() => new KafkaConnection(loadKafkaConfig(env))).toThrow(
      'KAFKA_TLS_CA_FILE: /nowhere/ca.pem cannot be read',
    );
  });
});
