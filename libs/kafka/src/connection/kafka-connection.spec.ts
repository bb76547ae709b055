import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadKafkaConfig } from '../config.js';
import { KafkaConnection } from './kafka-connection.js';

describe('a connection to Kafka', () => {
  it('makes no client once it is closed: nobody would be left to close it', async () => {
    const connection = new KafkaConnection(loadKafkaConfig({ KAFKA_BROKERS: '127.0.0.1:1' }));
    await connection.close();
    await expect(connection.admin()).rejects.toMatchObject({ code: 'kafka_connection_closed' });
  });

  it('tells which certificate it shows to the brokers, if any, and not its key', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signpost-'));
    try {
      const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));
      for (const file of [cert, key]) writeFileSync(file ?? '', `what ${String(file)} holds`);
      const tls = { KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: cert, KAFKA_TLS_KEY_FILE: key };
      const env = { KAFKA_BROKERS: '127.0.0.1:1' };
      expect(new KafkaConnection(loadKafkaConfig({ ...env, ...tls })).certificate).toBe(`what ${String(cert)} holds`);
      expect(new KafkaConnection(loadKafkaConfig(env)).certificate).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
