import { describe, expect, it } from '@jest/globals';
import { loadKafkaConfig } from './config.js';

describe('loadKafkaConfig', () => {
  it('needs the brokers and nothing else', () => {
    expect(loadKafkaConfig({ KAFKA_BROKERS: ' a:9092, b:9092' })).toMatchObject({
      brokers: ['a:9092', 'b:9092'],
      topicPrefix: 'signpost.',
      partitions: 48,
      replication: 3,
      minInsyncReplicas: 2,
      tls: undefined,
      sasl: undefined,
    });
  });

  it('reads TLS and a login', () => {
    const env = {
      KAFKA_BROKERS: 'a:1',
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA_FILE: '/ca.pem',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'signpost',
      KAFKA_SASL_PASSWORD: 'secret',
    };
    expect(loadKafkaConfig(env)).toMatchObject({
      tls: { ca: '/ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'signpost', password: 'secret' },
    });
  });

  it('lists every fault at once, by variable, and no secret', () => {
    const env = {
      KAFKA_BROKERS: ' , ',
      KAFKA_PARTITIONS: 'many',
      KAFKA_TLS_CERT_FILE: '/cert.pem',
      KAFKA_SASL_PASSWORD: 'hunter2',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
    };
    let message = '';
    try {
      loadKafkaConfig(env);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('KAFKA_BROKERS');
    expect(message).toContain('KAFKA_PARTITIONS');
    expect(message).not.toContain('hunter2');
  });

  it.each([
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' }, 'KAFKA_SASL_PASSWORD'],
    [{ KAFKA_SASL_USERNAME: 'me' }, 'KAFKA_SASL_MECHANISM'],
    [{ KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: '/c' }, 'KAFKA_TLS_KEY_FILE'],
    [{ KAFKA_TLS_CA_FILE: '/c' }, 'KAFKA_TLS is not true'],
    [{ KAFKA_REPLICATION: '1' }, 'KAFKA_MIN_INSYNC_REPLICAS'],
  ])('refuses %j', (env, named) => {
    expect(() => loadKafkaConfig({ KAFKA_BROKERS: 'a:1', ...env })).toThrow(named);
  });
});
