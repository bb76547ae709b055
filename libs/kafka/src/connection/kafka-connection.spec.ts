import { describe, expect, it } from '@jest/globals';
import { loadKafkaConfig } from '../config.js';
import { KafkaConnection } from './kafka-connection.js';

describe('a connection to Kafka', () => {
  it('makes no client once it is closed: nobody would be left to close it', async () => {
    const connection = new KafkaConnection(loadKafkaConfig({ KAFKA_BROKERS: '127.0.0.1:1' }));
    await connection.close();
    await expect(connection.admin()).rejects.toMatchObject({ code: 'kafka_connection_closed' });
  });
});
